package plain_test

import (
	"math"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/acdeploy/acdeploy/backends/reference"
	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/plain"
	"github.com/acdeploy/acdeploy/internal/zoo"
	"github.com/acdeploy/acdeploy/model"
	"github.com/acdeploy/acdeploy/passes"
	"github.com/acdeploy/acdeploy/pipeline"
	"github.com/acdeploy/acdeploy/tensor"
)

func steps() []pipeline.Step {
	var list []pipeline.Step
	for _, e := range passes.Catalog().Default() {
		list = append(list, pipeline.Step{Name: e.Name, Pass: e.New()})
	}
	return list
}

// made makes a model plain, and checks what has to hold of every one.
func made(t *testing.T, m *graph.Model) plain.Made {
	t.Helper()
	before := model.SignatureOf(m)
	result, err := plain.Make(t.Context(), m, steps(), pipeline.Options{}, 1)
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Check(); err != nil {
		t.Error(err)
	}
	if diff := cmp.Diff(before, model.SignatureOf(m)); diff != "" {
		t.Errorf("its inputs and outputs: %s", diff)
	}
	return result
}

// TestZoo makes every network plain. What comes of it has the operators of the network's own plain form, its batch norms
// folded.
func TestZoo(t *testing.T) {
	for _, n := range zoo.Networks() {
		t.Run(n.Name, func(t *testing.T) {
			if testing.Short() && n.Input[1] > 32 {
				t.Skip("images of 224² pixels; -short")
			}
			m, own := n.Build(zoo.Form{Branched: true, Seed: 1}), n.Build(zoo.Form{Seed: 1})
			if blocks := made(t, m).Left(); len(blocks) > 0 {
				t.Errorf("blocks are left: %v", blocks)
			}
			if _, err := pipeline.Run(t.Context(), own.Graph, steps(), pipeline.Options{}); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(model.Count(own).Ops, model.Count(m).Ops); diff != "" {
				t.Errorf("unlike the network's own plain form: %s", diff)
			}
			if diff := cmp.Diff(sizes(own), sizes(m)); diff != "" {
				t.Errorf("kernels unlike those of the network's own plain form: %s", diff)
			}
			if n.Input[1] <= 32 && !strings.Contains("vgg16 wrn16_8 resnet56 densenet40", n.Name) {
				ordinary(t, m, n.Input)
			}
		})
	}
}

// sizes counts the shapes of the weights of convolutions.
func sizes(m *graph.Model) map[string]int {
	counts := map[string]int{}
	for n := range m.Graph.Nodes() {
		if n.Is("Conv") {
			counts[tensor.FormatShape(n.Input(1).Constant().Shape())]++
		}
	}
	return counts
}

// ordinary runs a model, and checks that no number in it is infinite, or so small that float32 computes slowly with it.
func ordinary(t *testing.T, m *graph.Model, image [3]int64) {
	t.Helper()
	whole := m.Clone()
	for n := range whole.Graph.Nodes() {
		if v := n.Output(0); v.Elem().IsFloat() && !v.IsOutput() {
			whole.Graph.AddOutput(v)
		}
	}
	s, err := reference.OpenGraph(whole)
	if err != nil {
		t.Fatal(err)
	}
	numbers := make([]float64, image[0]*image[1]*image[2])
	for i := range numbers {
		numbers[i] = math.Sin(float64(i))
	}
	x := tensor.Of([]int64{1, image[0], image[1], image[2]}, numbers...)
	got, err := s.RunFloat64(t.Context(), tensor.Map{"input": x})
	if err != nil {
		t.Fatal(err)
	}
	const smallest = 0x1p-126 // of float32
	for name, values := range got {
		most := 0.0
		for _, v := range values.Float64s() {
			most = max(most, math.Abs(v))
			if v != 0 && math.Abs(v) < smallest {
				t.Errorf("%s holds %g", name, v)
				break
			}
		}
		if !(most < 1e4) {
			t.Errorf("%s is as large as %g", name, most)
		}
	}
}

// TestTrained makes trained networks plain, and their fused forms.
func TestTrained(t *testing.T) {
	paths, err := filepath.Glob("../../../shared/models/*/acnet*.onnx")
	if err != nil || len(paths) == 0 {
		t.Skip("there are no trained models beside the repository")
	}
	for _, path := range paths {
		t.Run(filepath.Base(filepath.Dir(path))+"/"+filepath.Base(path), func(t *testing.T) {
			f, err := model.Open(path)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = f.Close() }()
			m := f.Model().Clone()
			if blocks := made(t, m).Left(); len(blocks) > 0 {
				t.Errorf("blocks are left: %v", blocks)
			}
			base, err := model.Open(filepath.Join(filepath.Dir(path), "baseline.onnx"))
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = base.Close() }()
			own := base.Model().Clone()
			if _, err := pipeline.Run(t.Context(), own.Graph, steps(), pipeline.Options{}); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(sizes(own), sizes(m)); diff != "" {
				t.Errorf("kernels unlike those of the exported baseline: %s", diff)
			}
		})
	}
}
