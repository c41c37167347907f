package model

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/tensor"
)

// floats is an initializer of the given numbers.
func (n net) floats(shape []int64, values ...float32) *graph.Value {
	return n.Graph.NewInitializer("w", tensor.Of(shape, values...))
}

// channels is what a test asks of a [Range].
type channels struct {
	Op          string
	Count       int
	Max, Median float64
}

func rangesOf(m *graph.Model) []channels {
	var list []channels
	for _, r := range Ranges(m) {
		list = append(list, channels{r.OpType, r.Channels, r.Max, r.Median})
	}
	return list
}

func TestRangesAreOfOutputChannels(t *testing.T) {
	n := newNet(t)
	x := n.input("x")
	x = n.node("conv", "Conv", []*graph.Value{x, n.floats([]int64{3, 2, 1, 1}, 1, -2, 3, 4, -6, 5)})
	x = n.node("transposed", "ConvTranspose", []*graph.Value{x, n.floats([]int64{2, 2, 1, 1}, 1, 8, -3, 4), n.floats([]int64{4}, 0, 0, 0, 0)}, graph.IntAttr("group", 2))
	x = n.node("columns", "Gemm", []*graph.Value{x, n.floats([]int64{2, 3}, 1, 9, 2, -4, 3, 2)})
	x = n.node("rows", "Gemm", []*graph.Value{x, n.floats([]int64{2, 3}, 1, 9, 2, -4, 3, 2)}, graph.IntAttr("transB", 1))
	n.node("product", "MatMul", []*graph.Value{x, n.floats([]int64{2, 3}, 1, 9, 2, -4, 3, 2)})
	want := []channels{
		{"Conv", 3, 6, 4},          // 2, 4, 6
		{"ConvTranspose", 4, 8, 4}, // 1, 8 of the first group, 3, 4 of the second
		{"Gemm", 3, 9, 4},          // 4, 9, 2
		{"Gemm", 2, 9, 9},          // 9, 4
		{"MatMul", 3, 9, 4},        // 4, 9, 2
	}
	if diff := cmp.Diff(want, rangesOf(n.Model)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// What is no weight of the operator has no ranges, and does no harm.
func TestRangesOfInvalidWeights(t *testing.T) {
	n := newNet(t)
	x := n.input("x")
	inf := float32(math.Inf(1))
	n.node("conv", "Conv", []*graph.Value{x, n.floats([]int64{2}, 1, 2)})
	n.node("uneven", "ConvTranspose", []*graph.Value{x, n.floats([]int64{3, 1, 1}, 1, 2, 3)}, graph.IntAttr("group", 2))
	n.node("huge", "ConvTranspose", []*graph.Value{x, n.floats([]int64{1, 1, 1}, 1)}, graph.IntAttr("group", math.MaxInt64))
	n.node("deep", "Gemm", []*graph.Value{x, n.floats([]int64{2, 1, 1}, 1, 2)})
	n.node("vector", "MatMul", []*graph.Value{x, n.floats([]int64{2}, 1, 2)})
	n.node("infinite", "MatMul", []*graph.Value{x, n.floats([]int64{1, 1}, inf)})
	n.node("computed", "MatMul", []*graph.Value{x, x})
	if got := rangesOf(n.Model); got != nil {
		t.Errorf("got %v, want none", got)
	}
}

func TestSpread(t *testing.T) {
	for name, test := range map[string]struct{ most, median, want float64 }{
		"nothing_above_zero":      {0, 0, 1},
		"most_channels_are_zero":  {2, 0, math.Inf(1)},
		"four_times_the_middle's": {8, 2, 4},
	} {
		if got := (Range{Max: test.most, Median: test.median}).Spread(); got != test.want {
			t.Errorf("%s: got %g, want %g", name, got, test.want)
		}
	}
}
