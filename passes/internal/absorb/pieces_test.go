package absorb

import (
	"slices"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/graph/graphtest"
	"github.com/acdeploy/acdeploy/internal/shapes"
)

func TestPadded(t *testing.T) {
	for _, c := range []struct {
		mode             string
		size, begin, end int
		want             []int // nil where it is not followed
	}{
		{"constant", 2, 1, 2, []int{-1, 0, 1, -1, -1}},
		{"constant", 3, -1, 1, []int{1, 2, -1}},
		{"edge", 2, 2, 1, []int{0, 0, 0, 1, 1}},
		{"reflect", 3, 2, 2, []int{2, 1, 0, 1, 2, 1, 0}},
		{"wrap", 3, 1, 1, []int{2, 0, 1, 2, 0}},
		{"reflect", 1, 1, 0, nil},
		{"reflect", 3, -1, 1, nil},
		{"constant", -1, 1, 1, nil},
		{"other", 2, 1, 1, nil},
	} {
		if got, ok := padded(c.mode, c.size, c.begin, c.end); ok != (c.want != nil) || !slices.Equal(got, c.want) {
			t.Errorf("%s of %d by %d and %d is %v, want %v", c.mode, c.size, c.begin, c.end, got, c.want)
		}
	}
}

// TestParts gives each part of a Concat or Split its share, also where the sizes are symbols.
func TestParts(t *testing.T) {
	b := graphtest.New(17)
	x, y := b.Input("x", -1, 2, -1), b.Input("y", -1, 3, -1)
	joined := b.Node("Concat", []*graph.Value{x, y}, graph.IntAttr("axis", 1))
	behind := b.Node("Concat", []*graph.Value{x, x}, graph.IntAttr("axis", 2))
	for _, v := range []*graph.Value{joined, behind} {
		b.Graph.AddOutput(v)
	}
	known := shapes.Of(b.Graph)
	channels := grid([]int{1, 5, 1}, 0, 1, 2, 3, 4)
	for i, want := range [][]int{{0, 1}, {2, 3, 4}} {
		c := readCrossing(joined.Producer(), known)
		if l, ok := c.parts[i].backward(channels, strict); !ok || !slices.Equal(l.at, want) {
			t.Errorf("part %d has %v, want %v", i, l.at, want)
		}
	}
	c := readCrossing(behind.Producer(), known)
	if l, ok := c.parts[1].backward(grid([]int{1, 2, 1}, 0, 1), strict); !ok || !slices.Equal(l.at, []int{0, 1}) {
		t.Errorf("joined along a symbol the channels are %v", l.at)
	}
	if _, ok := c.parts[1].backward(grid([]int{1, 1, 2}, 0, 1), strict); ok {
		t.Error("columns are followed along a symbol")
	}
}
