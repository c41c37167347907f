package oci

import (
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/acdeploy/acdeploy/release"
)

// read is what a blob holds. It has to have the digest and the size that are said of it.
func read(t *testing.T, b blob) []byte {
	t.Helper()
	from, err := b.open()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = from.Close() }()
	data, err := io.ReadAll(from)
	if err != nil || digest.FromBytes(data) != b.Digest || int64(len(data)) != b.Size {
		t.Fatalf("%s: %d bytes of digest %s, %v; want %d of %s", b.name, len(data), digest.FromBytes(data), err, b.Size, b.Digest)
	}
	return data
}

// TestModelPack reads the artefact as others do who know ModelPack.
func TestModelPack(t *testing.T) {
	f := folder(t)
	b, err := wrap(f, Artifact)
	if err != nil {
		t.Fatal(err)
	}
	var m ocispec.Manifest
	if err := json.Unmarshal(read(t, b.model.blob), &m); err != nil {
		t.Fatal(err)
	}
	if m.SchemaVersion != 2 || m.MediaType != "application/vnd.oci.image.manifest.v1+json" || m.Subject != nil ||
		m.ArtifactType != "application/vnd.cncf.model.manifest.v1+json" || m.Config.MediaType != "application/vnd.cncf.model.config.v1+json" {
		t.Errorf("%+v", m)
	}
	if m.Annotations[folderKey] != f.Digest || len(m.Layers) != 2 {
		t.Errorf("%+v", m)
	}
	for i, name := range []string{"model.onnx", "model.onnx.data"} {
		l := m.Layers[i]
		if l.MediaType != "application/vnd.cncf.model.weight.v1.raw" || l.Annotations["org.cncf.model.filepath"] != name || l.Annotations["org.opencontainers.image.title"] != name {
			t.Errorf("%+v", l)
		}
	}
	var config struct {
		Descriptor struct{ Name string }
		ModelFS    struct {
			Type    string
			DiffIDs []string `json:"diffIds"`
		}
		Config struct{ Format string }
	}
	text := read(t, b.model.parts[2])
	if err := json.Unmarshal(text, &config); err != nil || config.Config.Format != "onnx" || config.ModelFS.Type != "layers" ||
		len(config.ModelFS.DiffIDs) != 2 || config.ModelFS.DiffIDs[0] != m.Layers[0].Digest.String() {
		t.Errorf("%v: %s", err, text)
	}
}

// TestEvidence reads the documents about a model.
func TestEvidence(t *testing.T) {
	f := folder(t)
	b, err := wrap(f, Artifact)
	if err != nil {
		t.Fatal(err)
	}
	types := map[string]string{
		"report.json": "application/json", "report.html": "text/html", "README.md": "text/markdown",
		"provenance.intoto.json": "application/vnd.in-toto+json", "equivalence.intoto.json": "application/vnd.in-toto+json",
		"bom.cdx.json": "application/vnd.cyclonedx+json", "SHA256SUMS": "text/plain",
	}
	for _, e := range b.evidence {
		var m ocispec.Manifest
		if err := json.Unmarshal(read(t, e.blob), &m); err != nil {
			t.Fatal(err)
		}
		if m.Subject == nil || m.Subject.Digest != b.model.Digest || m.Subject.Size != b.model.Size || m.ArtifactType != types[e.name] ||
			m.Config.MediaType != "application/vnd.oci.empty.v1+json" || m.Annotations["org.opencontainers.image.title"] != e.name {
			t.Errorf("%s: %+v", e.name, m)
		}
		want, err := os.ReadFile(filepath.Join(f.Dir, e.name))
		if err != nil || string(read(t, e.parts[0])) != string(want) || string(read(t, e.parts[1])) != "{}" {
			t.Errorf("%s: %v", e.name, err)
		}
		delete(types, e.name)
	}
	if len(types) != 0 {
		t.Errorf("nothing is attached of %v", types)
	}
}

func TestFolderThatChanges(t *testing.T) {
	f := folder(t)
	write(t, filepath.Join(f.Dir, release.SumsFile), "other sums")
	_, err := wrap(f, Artifact)
	oneLine(t, err, "changed while it was read")
	f = folder(t)
	f.Files = f.Files[:1] // the card
	_, err = wrap(f, Artifact)
	oneLine(t, err, "no model")
	f = folder(t) // the registry finds that the bytes are not those of the digest
	write(t, filepath.Join(f.Dir, release.ModelFile), strings.Repeat("x", int(modelBytes(f))))
	host := inProcess(t, true)
	if _, err := try(t.Context(), f, host+"/net:v1", Artifact); err == nil {
		t.Error("another model is published")
	}
	if _, err := bring(t, host+"/net:v1"); err == nil {
		t.Error("another model can be fetched")
	}
}

func modelBytes(f *release.Folder) int64 {
	for _, file := range f.Files {
		if file.Name == release.ModelFile {
			return file.Bytes
		}
	}
	return 0
}
