package passtest_test

import (
	"slices"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/passes/passtest"
	"github.com/acdeploy/acdeploy/tensor"
)

// TestInputs makes each input in a type that it takes, of a given shape or else of the declared one.
func TestInputs(t *testing.T) {
	m := graph.NewModel(8, graph.Opset{Version: 17})
	add := func(name string, elem tensor.Type, dims ...tensor.Dim) {
		if _, err := m.Graph.AddInput(name, graph.Type{Elem: elem, Ranked: true, Shape: dims}); err != nil {
			t.Fatal(err)
		}
	}
	add("x", tensor.Float32, tensor.Dim{Size: -1}, tensor.Fixed(3))
	add("default", tensor.Float32, tensor.Fixed(1))
	if _, err := m.Graph.AddInitializer("default", tensor.Of([]int64{1}, float32(1))); err != nil {
		t.Fatal(err)
	}
	add("index", tensor.Int64, tensor.Fixed(20))
	add("narrow", tensor.Int32, tensor.Fixed(20))
	add("flag", tensor.Bool)
	add("open", tensor.Float32, tensor.Dim{Size: -1})
	in := passtest.Inputs(m, [][]int64{{2, 3}}, 1)
	for name, want := range map[string]struct {
		elem  tensor.Type
		shape []int64
	}{
		"x": {tensor.Float64, []int64{2, 3}}, "index": {tensor.Int64, []int64{20}}, "narrow": {tensor.Int32, []int64{20}}, "flag": {tensor.Bool, nil},
	} {
		if got := in[name]; got == nil || got.Type() != want.elem || !slices.Equal(got.Shape(), want.shape) {
			t.Errorf("%s is %v", name, got)
		}
	}
	for _, name := range []string{"default", "open"} {
		if in[name] != nil {
			t.Errorf("%s was given", name)
		}
	}
	for _, name := range []string{"index", "narrow"} {
		if got := in[name].Float64s(); slices.Max(got) > 2 || slices.Min(got) < 0 || slices.Max(got) == slices.Min(got) {
			t.Errorf("%s is %v", name, got)
		}
	}
	again, other := passtest.Inputs(m, [][]int64{{2, 3}}, 1), passtest.Inputs(m, [][]int64{{2, 3}}, 2)
	if !slices.Equal(again["x"].Float64s(), in["x"].Float64s()) || slices.Equal(other["x"].Float64s(), in["x"].Float64s()) {
		t.Error("a seed decides what the numbers are")
	}
}
