package oci

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/release"
)

// TestThereAndBack publishes to each registry in each form, twice, and fetches by digest and by tag.
func TestThereAndBack(t *testing.T) {
	f := folder(t)
	digests := map[Form]map[string]bool{Artifact: {}, Image: {}}
	for _, s := range servers() {
		for _, as := range []Form{Artifact, Image} {
			t.Run(s.name+"/"+string(as), func(t *testing.T) {
				ref := "oci://" + s.start(t) + "/models/resnet20:v1"
				first := publish(t, f, ref, as)
				if first.Unchanged || !strings.HasPrefix(first.Reference, strings.TrimSuffix(ref, ":v1")+"@sha256:") || first.Target != ref {
					t.Errorf("%+v", first)
				}
				digests[as][digestOf(first)] = true
				if again := publish(t, f, ref, as); !again.Unchanged || again.Reference != first.Reference {
					t.Errorf("published twice: %+v", again)
				}
				byDigest := first.Reference
				for _, ref := range []string{byDigest, ref} {
					got, err := bring(t, ref)
					if err != nil {
						t.Fatal(err)
					}
					sameFiles(t, f.Dir, got.Folder.Dir)
					if got.Reference != byDigest || got.Unchanged {
						t.Errorf("%+v, want %s", got, byDigest)
					}
				}
			})
		}
	}
	for as, found := range digests {
		if len(found) != 1 {
			t.Errorf("the same folder as %s has the digests %v", as, found)
		}
	}
}

// TestTagMoves publishes another release under a tag, and one release under two tags.
func TestTagMoves(t *testing.T) {
	host := inProcess(t, true)
	one, other := folder(t), writeFolder(t, map[string]string{release.ModelFile: "another model"})
	first := publish(t, one, host+"/net:v1", Artifact)
	second := publish(t, other, host+"/net:v1", Artifact)
	if second.Unchanged || !strings.Contains(strings.Join(second.Done, "\n"), "moved the tag v1, which was at "+digestOf(first)) {
		t.Errorf("%+v", second)
	}
	third := publish(t, one, host+"/net:best", Artifact)
	if third.Reference != first.Reference || third.Unchanged || len(third.Done) != 2 {
		t.Errorf("%+v", third)
	}
	got, err := bring(t, first.Reference)
	if err != nil {
		t.Fatal(err)
	}
	sameFiles(t, one.Dir, got.Folder.Dir)
}

// TestSignature publishes a release again after somebody signed its folder.
func TestSignature(t *testing.T) {
	for _, s := range servers()[:2] {
		host, f := s.start(t), folder(t)
		first := publish(t, f, host+"/net:v1", Artifact)
		write(t, filepath.Join(f.Dir, "model.sig"), "signed")
		second := publish(t, f, host+"/net:v1", Artifact)
		if second.Unchanged || second.Reference != first.Reference {
			t.Errorf("%+v", second)
		}
		if third := publish(t, f, host+"/net:v1", Artifact); !third.Unchanged {
			t.Errorf("%+v", third)
		}
		got, err := bring(t, first.Reference)
		if err != nil {
			t.Fatal(err)
		}
		sameFiles(t, f.Dir, got.Folder.Dir)
	}
}

// TestOrder looks at what is sent when: nothing that is named is missing, and the tag comes last.
func TestOrder(t *testing.T) {
	p := newProxy(t, inProcess(t, true))
	receipt := publish(t, folder(t), p.host+"/net:v1", Artifact)
	puts := p.requests("PUT ")
	if last := puts[len(puts)-1]; !strings.HasSuffix(last, "/manifests/v1") {
		t.Errorf("the last is %s", last)
	}
	model := -1
	for i, line := range puts {
		if strings.HasSuffix(line, "/manifests/"+digestOf(receipt)) {
			model = i
		}
	}
	if model != 3 { // two files and a configuration
		t.Errorf("the model's manifest is number %d: %v", model, puts)
	}
	if len(puts) != 4+8+7+1 { // the model; of the documents an empty configuration and 7 files; their manifests; the tag
		t.Errorf("%d are sent: %v", len(puts), puts)
	}
}

// TestRepair publishes again what was interrupted between the model and its documents.
func TestRepair(t *testing.T) {
	for _, referrers := range []bool{true, false} {
		host := inProcess(t, referrers)
		f := folder(t)
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
		half := &push{client: c}
		for _, m := range []manifest{b.model, b.evidence[0]} {
			if err := half.manifest(t.Context(), m); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := bring(t, host+"/net@"+b.model.Digest.String()); err == nil {
			t.Error("half a release came back")
		}
		if receipt := publish(t, f, host+"/net:v1", Artifact); receipt.Unchanged {
			t.Errorf("%+v", receipt)
		}
		got, err := bring(t, host+"/net:v1")
		if err != nil {
			t.Fatal(err)
		}
		sameFiles(t, f.Dir, got.Folder.Dir)
	}
}

func TestPlan(t *testing.T) {
	for as, word := range map[Form]string{"": "ModelPack", Image: "/models"} {
		target, err := New("oci://registry.invalid/net:v1", Options{As: as})
		if err != nil {
			t.Fatal(err)
		}
		plan := strings.Join(target.Plan(&release.Folder{Name: "resnet20"}), "\n")
		for _, w := range []string{word, "resnet20", "registry.invalid/net", "v1"} {
			if !strings.Contains(plan, w) {
				t.Errorf("%q is not in %s", w, plan)
			}
		}
	}
	if _, err := New("registry.invalid/net:v1", Options{As: "layers"}); err == nil {
		t.Error("any form is taken")
	}
	if _, err := New("registry.invalid/net@sha256:"+strings.Repeat("0", 64), Options{}); err == nil {
		t.Error("a digest is taken")
	}
}

// TestProgress counts the bytes that are told of the model, up and down.
func TestProgress(t *testing.T) {
	host, f := inProcess(t, true), folder(t)
	told := map[string]int64{}
	see := func(name string, done, total int64) {
		if done > total {
			t.Errorf("%d of %d bytes of %s", done, total, name)
		}
		told[name] = done
	}
	target, err := New(host+"/net:v1", Options{Progress: see, pause: quick})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := target.Publish(t.Context(), f); err != nil {
		t.Fatal(err)
	}
	up := told[release.ModelFile]
	if _, err := Fetch(t.Context(), host+"/net:v1", t.TempDir()+"/back", FetchOptions{Progress: see, pause: quick}); err != nil {
		t.Fatal(err)
	}
	for _, file := range f.Files {
		if file.Name == release.ModelFile && (up != file.Bytes || told[file.Name] != file.Bytes) {
			t.Errorf("%d bytes up, %d down, want %d", up, told[file.Name], file.Bytes)
		}
	}
}
