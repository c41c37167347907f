package plain_test

import (
	"path/filepath"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/graph/graphtest"
	"github.com/acdeploy/acdeploy/internal/plain"
	"github.com/acdeploy/acdeploy/onnx"
	"github.com/acdeploy/acdeploy/onnx/mapped"
)

func TestStamp(t *testing.T) {
	b := graphtest.New(17)
	m := b.Outputs(b.Node("Relu", []*graph.Value{b.Input("x", 1)}))
	if got := plain.Mark(m); got != "" {
		t.Errorf("a model that was exported says %q", got)
	}
	onnx.SetMetadata(m, []onnx.Property{{Key: "author", Value: "somebody"}})
	plain.Stamp(m, "12")
	plain.Stamp(m, "34")
	path := filepath.Join(t.TempDir(), "plain.onnx")
	if _, err := mapped.Save(t.Context(), path, m, mapped.Options{}); err != nil {
		t.Fatal(err)
	}
	f, err := mapped.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	if got, want := plain.Mark(f.Model), "made by acdeploy plain from 34, not exported"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := onnx.Metadata(f.Model); len(got) != 2 || got[0].Value != "somebody" {
		t.Errorf("its metadata are %v", got)
	}
}
