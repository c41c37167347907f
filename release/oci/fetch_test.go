package oci

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/acdeploy/acdeploy/internal/osfile"
	"github.com/acdeploy/acdeploy/release"
)

// TestFetchIntoSomething fetches into folders that exist.
func TestFetchIntoSomething(t *testing.T) {
	host := inProcess(t, true)
	one, other := folder(t), writeFolder(t, map[string]string{release.ModelFile: "another model"})
	publish(t, one, host+"/net:v1", Artifact)
	get := func(dir string) (Fetched, error) {
		return Fetch(t.Context(), host+"/net:v1", dir, FetchOptions{pause: quick})
	}
	got, err := get(one.Dir)
	if err != nil || !got.Unchanged || got.Folder.Dir != one.Dir {
		t.Errorf("the same release: %+v, %v", got, err)
	}
	before := contents(t, other.Dir)
	_, err = get(other.Dir)
	oneLine(t, err, "another release is there")
	if after := contents(t, other.Dir); len(after) != len(before) || after[release.ModelFile] != "another model" {
		t.Error("the other release is touched")
	}
	write(t, filepath.Join(one.Dir, release.ReportFile), "edited")
	_, err = get(one.Dir)
	oneLine(t, err, "report.json was changed", "nothing is fetched into it")
	file := filepath.Join(t.TempDir(), "file")
	write(t, file, "a file")
	_, err = get(file)
	oneLine(t, err, "nothing is fetched into it")
	full := t.TempDir()
	write(t, filepath.Join(full, "notes"), "mine")
	_, err = get(full)
	oneLine(t, err, "nothing is fetched into it")
	empty := t.TempDir()
	if _, err = get(empty); err != nil {
		t.Fatal(err)
	}
	if got := contents(t, empty); len(got) != 9 {
		t.Errorf("%d files in a folder that was empty", len(got))
	}
	_, err = get(filepath.Join(file, "below"))
	oneLine(t, err, "not a directory")
}

// TestWrongBytes changes a byte of each file on its way.
func TestWrongBytes(t *testing.T) {
	host := inProcess(t, true)
	f := folder(t)
	for _, as := range []Form{Artifact, Image} {
		publish(t, f, host+"/net:"+string(as), as)
		b, err := wrap(f, as)
		if err != nil {
			t.Fatal(err)
		}
		blobs := b.model.parts[:len(b.model.parts)-1] // nobody reads the configuration
		for _, e := range b.evidence {
			blobs = append(blobs, e.parts[0])
		}
		blobs = append(blobs, b.model.blob)
		for _, part := range blobs {
			p := newProxy(t, host)
			p.after = func(r *http.Response) error {
				if r.Request.Method != http.MethodGet || !strings.HasSuffix(r.Request.URL.Path, part.Digest.String()) {
					return nil
				}
				data, err := io.ReadAll(r.Body)
				if err == nil {
					data[len(data)/2] ^= 1
					r.Body = io.NopCloser(strings.NewReader(string(data)))
				}
				return err
			}
			if _, err := bring(t, p.host+"/net:"+string(as)); err == nil {
				t.Errorf("%s of other bytes is taken", part.name)
			} else {
				oneLine(t, err, "fetch oci://"+p.host)
			}
		}
	}
}

// TestForgedEvidence attaches another report under the same name. The digest of the model stands for the one that it had.
func TestForgedEvidence(t *testing.T) {
	host := inProcess(t, true)
	f := folder(t)
	publish(t, f, host+"/net:v1", Artifact)
	b, err := wrap(f, Artifact)
	if err != nil {
		t.Fatal(err)
	}
	a, err := parse(host + "/net:v1")
	if err != nil {
		t.Fatal(err)
	}
	c, err := connect(a, false, quick)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 24 { // whatever the order of the list, some come first
		name := []string{release.ReportFile, release.SumsFile, "signature"}[i%3]
		forged, err := document("text/plain", name, i)
		if err != nil {
			t.Fatal(err)
		}
		forged.Annotations = map[string]string{ocispec.AnnotationTitle: name}
		m, err := b.model.about(forged)
		if err == nil {
			err = (&push{client: c}).manifest(t.Context(), m)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	got, err := bring(t, host+"/net:v1")
	if err != nil {
		t.Fatal(err)
	}
	sameFiles(t, f.Dir, got.Folder.Dir)
}

// TestOthersSignature has the list name a signature of another model, as whoever may write the list can arrange.
func TestOthersSignature(t *testing.T) {
	host := inProcess(t, false)
	signed, other := folder(t), writeFolder(t, map[string]string{release.ModelFile: "another model"})
	write(t, filepath.Join(signed.Dir, "model.sig"), "signed")
	from, to := publish(t, signed, host+"/net:signed", Artifact), publish(t, other, host+"/net:other", Artifact)
	list := func(r release.Receipt) string {
		return "http://" + host + "/v2/net/manifests/" + strings.Replace(digestOf(r), ":", "-", 1)
	}
	resp, err := http.Get(list(from))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	var all, mixed ocispec.Index
	if err := json.NewDecoder(resp.Body).Decode(&all); err != nil {
		t.Fatal(err)
	}
	resp, err = http.Get(list(to))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	if err := json.NewDecoder(resp.Body).Decode(&mixed); err != nil {
		t.Fatal(err)
	}
	mixed.Manifests = append(all.Manifests, mixed.Manifests...)
	text, err := json.Marshal(mixed)
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequest(http.MethodPut, list(to), strings.NewReader(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", ocispec.MediaTypeImageIndex)
	if resp, err = http.DefaultClient.Do(req); err != nil || resp.StatusCode != http.StatusCreated {
		t.Fatal(resp, err)
	}
	_ = resp.Body.Close()
	got, err := bring(t, to.Reference)
	if err != nil {
		t.Fatal(err)
	}
	sameFiles(t, other.Dir, got.Folder.Dir)
}

// TestNoRelease fetches what is something else.
func TestNoRelease(t *testing.T) {
	host := inProcess(t, true)
	put := func(mediaType string, doc any) {
		data, err := json.Marshal(doc)
		if err != nil {
			t.Fatal(err)
		}
		req, err := http.NewRequest(http.MethodPut, "http://"+host+"/v2/net/manifests/v1", strings.NewReader(string(data)))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", mediaType)
		resp, err := http.DefaultClient.Do(req)
		if err != nil || resp.StatusCode != http.StatusCreated {
			t.Fatal(resp, err)
		}
		_ = resp.Body.Close()
	}
	_, err := bring(t, host+"/net:v1")
	oneLine(t, err, "no such release")
	put(ocispec.MediaTypeImageIndex, ocispec.Index{MediaType: ocispec.MediaTypeImageIndex})
	_, err = bring(t, host+"/net:v1")
	oneLine(t, err, "is not a release of acdeploy")
	put(ocispec.MediaTypeImageManifest, ocispec.Manifest{MediaType: ocispec.MediaTypeImageManifest})
	_, err = bring(t, host+"/net:v1")
	oneLine(t, err, "is not a release of acdeploy")
	put(ocispec.MediaTypeImageManifest, ocispec.Manifest{
		MediaType: ocispec.MediaTypeImageManifest, Annotations: map[string]string{folderKey: digest.FromString("").Encoded()},
	})
	_, err = bring(t, host+"/net:v1")
	oneLine(t, err, "does not have SHA256SUMS of this release")
}

// TestFullDisk has each step on the disk fail.
func TestFullDisk(t *testing.T) {
	host := inProcess(t, true)
	publish(t, folder(t), host+"/net:v1", Artifact)
	for _, failing := range []osfile.Op{osfile.OpCreate, osfile.OpWrite, osfile.OpSync, osfile.OpRename} {
		parent, tried := t.TempDir(), 0
		ctx := osfile.WithFaults(t.Context(), func(op osfile.Op, path string) error {
			if op != failing {
				return nil
			}
			tried++
			return &os.PathError{Op: string(op), Path: path, Err: syscall.ENOSPC}
		})
		_, err := Fetch(ctx, host+"/net:v1", filepath.Join(parent, "net"), FetchOptions{pause: quick})
		if !errors.Is(err, syscall.ENOSPC) || tried != 1 {
			t.Errorf("%s: %v, tried %d times", failing, err, tried)
		}
		oneLine(t, err, "fetch into ", "no space left")
		if left := contents(t, parent); len(left) != 0 {
			t.Errorf("%s: left: %v", failing, left)
		}
	}
}
