package release_test

import (
	"slices"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/onnx"
	"github.com/acdeploy/acdeploy/release"
	"github.com/acdeploy/acdeploy/release/releasetest"
	"github.com/acdeploy/acdeploy/verify"
)

// A stamp adds its four keys, in the place of earlier ones, and takes the digest of another file away. Nothing else changes.
func TestStamp(t *testing.T) {
	m := graph.NewModel(8, graph.Opset{Version: 17})
	onnx.SetMetadata(m, []onnx.Property{{Key: "author", Value: "me"}, {Key: "model_hash", Value: "00"}, {Key: "acdeploy.version", Value: "old"}, {Key: "license", Value: "MIT"}})
	p := release.Provenance{Version: "v1", Passes: `["a"]`, Source: "s", Config: "c"}
	for range 2 { // the second time changes nothing
		release.Stamp(m, p)
		want := []onnx.Property{
			{Key: "author", Value: "me"},
			{Key: "license", Value: "MIT"},
			{Key: "acdeploy.version", Value: "v1"},
			{Key: "acdeploy.passes", Value: `["a"]`},
			{Key: "acdeploy.source", Value: "s"},
			{Key: "acdeploy.config", Value: "c"},
		}
		if got := onnx.Metadata(m); !slices.Equal(got, want) {
			t.Errorf("got %v", got)
		}
	}
	if got := release.Stamped(m); got != p {
		t.Errorf("read back %+v", got)
	}
	if got := release.Stamped(graph.NewModel(8)); got != (release.Provenance{}) {
		t.Errorf("of a model without a stamp: %+v", got)
	}
}

// The comparison of the proof looks past a stamp: the stamped model is what the passes make.
func TestStampIsNoDifference(t *testing.T) {
	m := releasetest.Fused(t)
	stamped := m.Clone()
	release.Stamp(stamped, release.Provenance{Version: "v1"})
	if r, err := verify.CompareBytes(m, stamped); err != nil || !r.Equal {
		t.Errorf("%+v, %v", r, err)
	}
}

func TestProvenanceOfAFolder(t *testing.T) {
	f := releasetest.Folder(t)
	p, err := f.Provenance()
	if err != nil || p.Source != f.Report.Fuse.Input.ModelSHA256 || p.Version == "" {
		t.Errorf("%+v, %v", p, err)
	}
	f.Dir = t.TempDir()
	if _, err := f.Provenance(); err == nil {
		t.Error("a model that is not there has a provenance")
	}
}
