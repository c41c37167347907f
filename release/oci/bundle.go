package oci

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/opencontainers/go-digest"
	"github.com/opencontainers/image-spec/specs-go"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/acdeploy/acdeploy/internal/osfile"
	"github.com/acdeploy/acdeploy/release"
)

// The names that the CNCF's ModelPack gives to the parts of a model.
const (
	modelType       = "application/vnd.cncf.model.manifest.v1+json"
	modelConfigType = "application/vnd.cncf.model.config.v1+json"
	weightType      = "application/vnd.cncf.model.weight.v1.raw"
	filepathKey     = "org.cncf.model.filepath"
)

// folderKey is the annotation of a model with the digest of its release folder. Who has the digest of the model's manifest
// has, by it, that of every file of the release.
const folderKey = "io.github.acdeploy.release"

// bundle is a release folder as a registry keeps it: the model, and evidence that refers to it.
type bundle struct {
	model    manifest
	evidence []manifest
}

// manifest is a document that names its parts by their digests.
type manifest struct {
	blob
	parts []blob
}

// blob is what a registry keeps under its digest.
type blob struct {
	ocispec.Descriptor
	name string // for people
	open func() (io.ReadCloser, error)
}

// kind is the media type of a file of evidence; "" of the model and its data.
func kind(name string) string {
	switch name {
	case release.ReportFile:
		return "application/json"
	case release.PageFile:
		return "text/html"
	case release.CardFile:
		return "text/markdown"
	case release.ProvenanceFile, release.EquivalenceFile:
		return "application/vnd.in-toto+json"
	case release.BOMFile:
		return "application/vnd.cyclonedx+json"
	case release.SumsFile:
		return "text/plain"
	}
	if release.IsSignature(name) {
		return "application/octet-stream"
	}
	return ""
}

// wrap makes of a folder what is pushed. The same folder makes the same bytes.
func wrap(f *release.Folder, as Form) (bundle, error) {
	sums, err := os.ReadFile(filepath.Join(f.Dir, release.SumsFile))
	if err != nil {
		return bundle{}, fmt.Errorf("read release folder %s: %w", f.Dir, osfile.Cause(err))
	}
	if digest.FromBytes(sums).Encoded() != f.Digest {
		return bundle{}, fmt.Errorf("release folder %s: %s changed while it was read", f.Dir, release.SumsFile)
	}
	var weights, evidence []release.File
	for _, file := range f.Files {
		if kind(file.Name) == "" {
			weights = append(weights, file)
		} else {
			evidence = append(evidence, file)
		}
	}
	if len(weights) == 0 {
		return bundle{}, fmt.Errorf("release folder %s has no model", f.Dir)
	}
	var b bundle
	if as == Image {
		b.model, err = image(f, weights)
	} else {
		b.model, err = artifact(f, weights)
	}
	signed, failed := signatures(f.Dir)
	err = errors.Join(err, failed)
	evidence = append(append(evidence, signed...), release.File{Name: release.SumsFile, SHA256: f.Digest, Bytes: int64(len(sums))})
	for _, file := range evidence {
		refers, failed := b.model.about(part(f, file, kind(file.Name)))
		b.evidence, err = append(b.evidence, refers), errors.Join(err, failed)
	}
	return b, err
}

// signatures are the files of a folder that somebody put beside those of its sums.
func signatures(dir string) ([]release.File, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("read release folder %s: %w", dir, osfile.Cause(err))
	}
	var found []release.File
	for _, e := range entries {
		if !release.IsSignature(e.Name()) || !e.Type().IsRegular() {
			continue
		}
		text, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			return nil, fmt.Errorf("read release folder %s: %w", dir, osfile.Cause(err))
		}
		if len(text) <= mostMetadata {
			found = append(found, release.File{Name: e.Name(), SHA256: digest.FromBytes(text).Encoded(), Bytes: int64(len(text))})
		}
	}
	return found, nil
}

// artifact is the model as ModelPack describes it: its files as they are.
func artifact(f *release.Folder, weights []release.File) (manifest, error) {
	parts, ids := make([]blob, len(weights)), make([]digest.Digest, len(weights))
	for i, file := range weights {
		parts[i] = part(f, file, weightType)
		parts[i].Annotations[filepathKey] = file.Name
		ids[i] = parts[i].Digest
	}
	type named struct {
		Name string `json:"name,omitempty"`
	}
	type format struct {
		Format string `json:"format"`
	}
	type layers struct {
		Type    string          `json:"type"`
		DiffIDs []digest.Digest `json:"diffIds"`
	}
	config, err := document(modelConfigType, "model configuration", struct {
		Descriptor named  `json:"descriptor"`
		ModelFS    layers `json:"modelfs"`
		Config     format `json:"config"`
	}{named{f.Name}, layers{"layers", ids}, format{"onnx"}})
	if err != nil {
		return manifest{}, err
	}
	return assemble("model", ocispec.Manifest{ArtifactType: modelType, Annotations: annotations(f)}, config, parts)
}

// annotations are those of the model's manifest.
func annotations(f *release.Folder) map[string]string {
	a := map[string]string{folderKey: f.Digest}
	if f.Name != "" {
		a[ocispec.AnnotationTitle] = f.Name
	}
	return a
}

// about is a file of evidence that refers to the model.
func (m manifest) about(file blob) (manifest, error) {
	subject := ocispec.Descriptor{MediaType: m.MediaType, Digest: m.Digest, Size: m.Size}
	empty, err := document(ocispec.MediaTypeEmptyJSON, "empty configuration", struct{}{})
	if err != nil {
		return manifest{}, err
	}
	return assemble(file.name, ocispec.Manifest{
		ArtifactType: file.MediaType, Subject: &subject, Annotations: map[string]string{ocispec.AnnotationTitle: file.name},
	}, empty, []blob{file})
}

// assemble completes a manifest with its parts.
func assemble(name string, m ocispec.Manifest, config blob, layers []blob) (manifest, error) {
	m.Versioned, m.MediaType, m.Config = specs.Versioned{SchemaVersion: 2}, ocispec.MediaTypeImageManifest, config.Descriptor
	for _, l := range layers {
		m.Layers = append(m.Layers, l.Descriptor)
	}
	whole, err := document(m.MediaType, name, m)
	return manifest{whole, append(layers, config)}, err
}

// part is a file of the folder as a blob.
func part(f *release.Folder, file release.File, mediaType string) blob {
	return blob{
		Descriptor: ocispec.Descriptor{
			MediaType: mediaType, Digest: digest.NewDigestFromEncoded(digest.SHA256, file.SHA256), Size: file.Bytes,
			Annotations: map[string]string{ocispec.AnnotationTitle: file.Name},
		},
		name: file.Name,
		open: func() (io.ReadCloser, error) { return os.Open(filepath.Join(f.Dir, file.Name)) },
	}
}

// document is JSON as a blob.
func document(mediaType, name string, doc any) (blob, error) {
	data, err := json.Marshal(doc)
	if err != nil {
		return blob{}, fmt.Errorf("write %s: %w", name, err)
	}
	return blob{
		Descriptor: ocispec.Descriptor{MediaType: mediaType, Digest: digest.FromBytes(data), Size: int64(len(data))},
		name:       name,
		open:       func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(data)), nil },
	}, nil
}
