package oci

import (
	"archive/tar"
	"bytes"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"testing"

	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/acdeploy/acdeploy/internal/osfile"
)

// TestImage reads the image as container runtimes do.
func TestImage(t *testing.T) {
	f := folder(t)
	b, err := wrap(f, Image)
	if err != nil {
		t.Fatal(err)
	}
	var m ocispec.Manifest
	if err := json.Unmarshal(read(t, b.model.blob), &m); err != nil {
		t.Fatal(err)
	}
	if m.ArtifactType != "" || m.Config.MediaType != "application/vnd.oci.image.config.v1+json" || len(m.Layers) != 1 ||
		m.Layers[0].MediaType != "application/vnd.oci.image.layer.v1.tar" || m.Annotations[folderKey] != f.Digest {
		t.Errorf("%+v", m)
	}
	var config ocispec.Image
	if err := json.Unmarshal(read(t, b.model.parts[1]), &config); err != nil || config.OS != "linux" || config.Architecture == "" ||
		config.RootFS.Type != "layers" || len(config.RootFS.DiffIDs) != 1 || config.RootFS.DiffIDs[0] != m.Layers[0].Digest || config.Created != nil {
		t.Errorf("%v: %+v", err, config)
	}
	var names []string
	archive := tar.NewReader(bytes.NewReader(read(t, b.model.parts[0])))
	for {
		header, err := archive.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, header.Name)
		if header.ModTime.Unix() != 0 || header.Uid != 0 || header.Uname != "" {
			t.Errorf("%+v", header)
		}
		if header.Typeflag == tar.TypeReg {
			want, err := os.ReadFile(filepath.Join(f.Dir, filepath.Base(header.Name)))
			got, _ := io.ReadAll(archive)
			if err != nil || !bytes.Equal(got, want) || header.Mode != 0o644 {
				t.Errorf("%s: %v", header.Name, err)
			}
		}
	}
	if len(names) != 3 || names[0] != "models/" || names[1] != "models/model.onnx" || names[2] != "models/model.onnx.data" {
		t.Error(names)
	}
}

// TestHostileLayer has an archive name what must not be written.
func TestHostileLayer(t *testing.T) {
	var layer bytes.Buffer
	archive := tar.NewWriter(&layer)
	for _, h := range []tar.Header{
		{Typeflag: tar.TypeReg, Name: "models/../../evil"},
		{Typeflag: tar.TypeReg, Name: "/models/evil"},
		{Typeflag: tar.TypeReg, Name: "models/deep/evil"},
		{Typeflag: tar.TypeReg, Name: "models/unwanted"},
		{Typeflag: tar.TypeSymlink, Name: "models/evil", Linkname: "/etc/passwd"},
		{Typeflag: tar.TypeReg, Name: "./models/wanted", Size: 4},
	} {
		if err := archive.WriteHeader(&h); err != nil {
			t.Fatal(err)
		}
		if h.Size > 0 {
			_, _ = archive.Write([]byte("good"))
		}
	}
	if err := archive.Close(); err != nil {
		t.Fatal(err)
	}
	parent := t.TempDir()
	dir := filepath.Join(parent, "in")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := readLayer(&layer, osfile.Files{}, map[string]bool{"wanted": true, "evil": true}, dir); err != nil {
		t.Fatal(err)
	}
	if got := contents(t, dir); len(got) != 1 || got["wanted"] != "good" {
		t.Errorf("%q", got)
	}
	if _, err := os.Stat(filepath.Join(parent, "evil")); err == nil {
		t.Error("written outside of the folder")
	}
}
