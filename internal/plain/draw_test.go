package plain_test

import (
	"math"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/graph/graphtest"
	"github.com/acdeploy/acdeploy/internal/plain"
	"github.com/acdeploy/acdeploy/model"
	"github.com/acdeploy/acdeploy/pipeline"
	"github.com/acdeploy/acdeploy/tensor"
)

// TestDraw asks of each kind of layer how far its weights spread: the results of a layer are √2 times what it reads, and those of one
// that is added to something a quarter of that.
func TestDraw(t *testing.T) {
	b := graphtest.New(17)
	x := b.Input("x", 1, 64, 8, 8)
	weight := func(shape ...int64) *graph.Value { return b.Floats(shape, 7) }
	grouped := weight(64, 16, 3, 3)
	y := b.Node("Relu", []*graph.Value{b.Node("Conv", []*graph.Value{x, grouped, b.Floats([]int64{64}, 9)}, graph.IntAttr("group", 4), graph.IntsAttr("pads", 1, 1, 1, 1))})
	transposed := weight(64, 32, 2, 2)
	y = b.Node("Relu", []*graph.Value{b.Node("ConvTranspose", []*graph.Value{y, transposed}, graph.IntAttr("group", 2), graph.IntsAttr("strides", 2, 2))})
	added := weight(64, 64, 1, 1)
	y = b.Node("Add", []*graph.Value{y, b.Node("Conv", []*graph.Value{b.Node("Sigmoid", []*graph.Value{y}), added})})
	y = b.Node("Flatten", []*graph.Value{b.Node("GlobalAveragePool", []*graph.Value{y})})
	rows, columns := weight(64, 100), weight(200, 100)
	y = b.Node("Relu", []*graph.Value{b.Node("MatMul", []*graph.Value{y, rows})})
	y = b.Node("Relu", []*graph.Value{b.Node("Gemm", []*graph.Value{y, columns}, graph.IntAttr("transB", 1))})
	left := weight(50, 200)
	y = b.Node("Gemm", []*graph.Value{left, y}, graph.IntAttr("transB", 1))
	m := b.Outputs(y)
	made(t, m)

	want := map[string]float64{
		"64,16,3,3": 16 * 9, "64,32,2,2": 32 * 4, "64,64,1,1": 64 * 16, "64,100": 64, "200,100": 100, "50,200": 200,
	}
	for v := range m.Graph.Initializers() {
		w := v.Data()
		if !w.Computed() {
			t.Errorf("%s is held in memory", v.Name())
		}
		if w.Rank() == 1 {
			if w.MaxAbs() > 0.02 {
				t.Errorf("a bias is as large as %g", w.MaxAbs())
			}
			continue
		}
		sum := 0.0
		for _, x := range w.Float64s() {
			sum += x * x
		}
		shape := tensor.FormatShape(w.Shape())
		inputs, ok := want[shape]
		if got := sum / float64(w.Len()) * inputs / 2; !ok || math.Abs(got-1) > 0.1 {
			t.Errorf("the variance of %s is %.3f of what it should be", shape, got)
		}
		delete(want, shape)
	}
	if len(want) > 0 {
		t.Errorf("not there: %v", want)
	}
}

// TestSeeds draws the same numbers for the same seed, and no two biases alike that were zero while the blocks merged.
func TestSeeds(t *testing.T) {
	drawn := func(seed uint64) [][]float64 {
		b := net{graphtest.New(17)}
		x := b.Input("x", 1, 2, 9, 9)
		y := b.Node("Relu", []*graph.Value{b.norm(b.conv(x, 3, 3))})
		m := b.Outputs(b.norm(b.conv(y, 3, 3)))
		if _, err := plain.Make(t.Context(), m, steps(), pipeline.Options{}, seed); err != nil {
			t.Fatal(err)
		}
		if n := model.Count(m).Ops["Conv"]; n != 2 {
			t.Fatalf("%d convolutions", n)
		}
		var list [][]float64
		for n := range m.Graph.Nodes() {
			if n.Is("Conv") {
				list = append(list, n.Input(1).Data().Float64s(), n.Input(2).Data().Float64s())
			}
		}
		return list
	}
	first, again, other := drawn(1), drawn(1), drawn(2)
	for i := range first {
		if first[i][0] != again[i][0] || first[i][0] == other[i][0] {
			t.Errorf("drawn %g, again %g, with another seed %g", first[i][0], again[i][0], other[i][0])
		}
	}
	if first[1][0] == first[3][0] {
		t.Error("two layers have the same bias")
	}
}
