package acdeploy_test

import (
	"path/filepath"
	"testing"

	"github.com/acdeploy/acdeploy"
	"github.com/acdeploy/acdeploy/backends/ort"
	"github.com/acdeploy/acdeploy/model"
	"github.com/acdeploy/acdeploy/onnx/mapped"
	"github.com/acdeploy/acdeploy/pipeline"
	"github.com/acdeploy/acdeploy/tensor"
	"github.com/acdeploy/acdeploy/verify"
)

// TestLayers compares a network with its fused form at every value that both have, and with one that has other weights in one layer,
// which is named as the place where they part.
func TestLayers(t *testing.T) {
	skipShort(t, "verifies many models")
	if err := ort.New().Check(t.Context()); err != nil {
		t.Skip(err)
	}
	trained := filepath.Join("examples", "resnet20", "acnet.onnx")
	fused := filepath.Join(t.TempDir(), "fused.onnx")
	saved, source := fuse(t, trained, fused)
	defer func() { _ = source.Close() }()
	plan := acdeploy.VerifySettings{Options: verify.Defaults(), Backends: chosen(t, toolbox(), "ort")}
	plan.Options.Layers = true
	found, err := toolbox().Verify(t.Context(), saved.Pair(), plan, nil)
	if err != nil {
		t.Fatal(err)
	}
	last := found.Checks[len(found.Checks)-1]
	if found.Judge() != nil || !last.Layers || len(last.Outputs) < 20 || last.PartsAt != nil {
		t.Errorf("%v, last check %s with %d values, parts at %v", found.Judge(), last.Backend, len(last.Outputs), last.PartsAt)
	}

	file, err := model.Open(fused)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	m := file.Model().Clone()
	k, changed := 0, ""
	for n := range m.Graph.Nodes() {
		if n.Is("Conv") {
			if k++; k == 9 {
				v := n.Input(1)
				list := v.Data().Float64s()
				for i := range list {
					list[i] *= 1.01
				}
				raw, err := tensor.Compute(tensor.Float32, v.Data().Shape(), tensor.Vector(list)).Bytes()
				if err != nil {
					t.Fatal(err)
				}
				w, err := tensor.New(tensor.Float32, v.Data().Shape(), raw)
				if err != nil {
					t.Fatal(err)
				}
				v.SetData(w)
				changed = n.Label()
			}
		}
	}
	wrong := filepath.Join(t.TempDir(), "wrong.onnx")
	if _, err := mapped.Save(t.Context(), wrong, m, mapped.Options{}); err != nil {
		t.Fatal(err)
	}
	steps, err := acdeploy.DefaultSteps(toolbox().Passes, nil)
	if err != nil {
		t.Fatal(err)
	}
	pair, err := acdeploy.OpenPair(t.Context(), trained, wrong, steps, pipeline.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = pair.Close() }()
	plan.Options.Layers = false
	if found, err = toolbox().Verify(t.Context(), pair, plan, nil); err != nil {
		t.Fatal(err)
	}
	if found.Judge() == nil {
		t.Error("another weight is not noticed")
	}
	for _, c := range found.Checks[1:] {
		if c.PartsAt == nil || c.PartsAt.Node != changed {
			t.Errorf("%s: parts at %+v, not at node %s", c.Backend, c.PartsAt, changed)
		}
	}
}
