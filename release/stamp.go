package release

import (
	"path/filepath"
	"slices"
	"strings"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/onnx"
)

// Provenance is how a fused model was made, as far as it is known before the model is verified.
type Provenance struct {
	Version string // of acdeploy
	Passes  string // that ran, as [PassesOf] writes them
	Source  string // model_sha256 of the model that it was made of
	Config  string // digest of the configuration as used, see [ConfigDigest]
}

// The keys of the metadata of a model in which its provenance stands.
const (
	keyPrefix  = "acdeploy."
	keyVersion = keyPrefix + "version"
	keyPasses  = keyPrefix + "passes"
	keySource  = keyPrefix + "source"
	keyConfig  = keyPrefix + "config"
)

// staleKey is what other programs call the digest of a model. Readers would trust it, and it is that of the source.
const staleKey = "model_hash"

// Stamp writes the provenance of a fused model into its metadata. It takes the place of an earlier one. The digest of the
// source that the model inherited goes; nothing else changes.
func Stamp(m *graph.Model, p Provenance) {
	list := slices.DeleteFunc(onnx.Metadata(m), func(x onnx.Property) bool {
		return x.Key == staleKey || strings.HasPrefix(x.Key, keyPrefix)
	})
	onnx.SetMetadata(m, append(list,
		onnx.Property{Key: keyVersion, Value: p.Version}, onnx.Property{Key: keyPasses, Value: p.Passes},
		onnx.Property{Key: keySource, Value: p.Source}, onnx.Property{Key: keyConfig, Value: p.Config}))
}

// Stamped is the provenance that a model's metadata tells; a field of it is "" where they do not.
func Stamped(m *graph.Model) Provenance {
	var p Provenance
	for _, x := range onnx.Metadata(m) {
		switch x.Key {
		case keyVersion:
			p.Version = x.Value
		case keyPasses:
			p.Passes = x.Value
		case keySource:
			p.Source = x.Value
		case keyConfig:
			p.Config = x.Value
		}
	}
	return p
}

// Provenance is what the metadata of the model in a folder tell.
func (f *Folder) Provenance() (Provenance, error) {
	about, err := readModel(filepath.Join(f.Dir, ModelFile))
	if err != nil {
		return Provenance{}, err
	}
	return about.stamp, nil
}

// stale reports whether a model's metadata have the digest that other programs write, of a file that it is not.
func stale(m *graph.Model) bool {
	return slices.ContainsFunc(onnx.Metadata(m), func(x onnx.Property) bool { return x.Key == staleKey })
}
