package linear_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/graph/graphtest"
	"github.com/acdeploy/acdeploy/internal/shapes"
	"github.com/acdeploy/acdeploy/passes/internal/linear"
)

// TestShuffle reads Reshape, Transpose and Reshape where they keep each pixel's place, by where the channels come from.
func TestShuffle(t *testing.T) {
	for name, c := range map[string]struct {
		dims        []int64
		mid         []int64
		perm        []int64
		out         []int64
		from        []int // of each channel: the channel, then the offset, as digits
		ok          bool
		wantStrides []int
	}{
		"channel shuffle":  {[]int64{-1, 4, -1}, []int64{0, 2, 2, -1}, []int64{0, 2, 1, 3}, []int64{0, 4, -1}, []int{0, 20, 10, 30}, true, []int{1}},
		"unshuffle":        {[]int64{-1, 2, 6}, []int64{-1, 2, 3, 2}, []int64{0, 1, 3, 2}, []int64{-1, 4, 3}, []int{0, 1, 10, 11}, true, []int{2}},
		"offsets first":    {[]int64{-1, 2, 6}, []int64{-1, 2, 3, 2}, []int64{0, 3, 1, 2}, []int64{-1, 4, 3}, []int{0, 10, 1, 11}, true, []int{2}},
		"to one pixel":     {[]int64{-1, 2, 2}, []int64{-1, 2, 1, 2}, []int64{0, 1, 3, 2}, []int64{-1, 4, 1}, []int{0, 1, 10, 11}, true, []int{2}},
		"pixels change":    {[]int64{-1, 2, 6}, []int64{-1, 2, 3, 2}, []int64{0, 1, 3, 2}, []int64{-1, 2, 6}, nil, false, nil},
		"batch to channel": {[]int64{2, 2, 6}, []int64{2, 2, 1, 6}, []int64{1, 0, 2, 3}, []int64{2, 2, 6}, nil, false, nil},
		"channel to batch": {[]int64{2, 4, 6}, []int64{2, 2, 2, 6}, []int64{0, 2, 1, 3}, []int64{4, 2, 6}, nil, false, nil},
		"a rest is left":   {[]int64{-1, 2, 6}, []int64{-1, 3, 4}, []int64{0, 2, 1}, []int64{-1, 2, 6}, nil, false, nil},
		"unknown size":     {[]int64{-1, 2, -1}, []int64{0, 2, -1, 2}, []int64{0, 1, 3, 2}, []int64{0, 4, -1}, nil, false, nil},
		"unknown halves":   {[]int64{-1, 2, -1}, []int64{0, 2, 2, -1}, []int64{0, 1, 2, 3}, []int64{0, 4, -1}, nil, false, nil},
		"halves of pixels": {[]int64{-1, 2, 6}, []int64{-1, 2, 2, 3}, []int64{0, 1, 2, 3}, []int64{-1, 4, 3}, nil, false, nil},
	} {
		t.Run(name, func(t *testing.T) {
			b := graphtest.New(17)
			x := b.Input("x", c.dims...)
			y := b.Node("Reshape", []*graph.Value{x, b.Ints(c.mid...)})
			y = b.Node("Transpose", []*graph.Value{y}, graph.IntsAttr("perm", c.perm...))
			v := b.Node("Reshape", []*graph.Value{y, b.Ints(c.out...)})
			b.Graph.AddOutput(v)
			known := shapes.Of(b.Graph)
			m, ok := linear.ReadMoves(v, known)
			if ok != c.ok {
				t.Fatalf("it is read: %v", ok)
			}
			if !ok {
				return
			}
			if m.Input != x || len(m.Nodes) != 3 {
				t.Fatalf("it is read as %+v", m)
			}
			e, _ := linear.NewReader(b.Graph, known, nil).Read(linear.View{Value: v}, linear.MaxDepth).Over(linear.View{Value: x})
			im, why := e.Image(known)
			if why != nil {
				t.Fatal(why.Detail)
			}
			form, why := e.Evaluate(im)
			if why != nil {
				t.Fatal(why.Detail)
			}
			got := make([]int, form.Out)
			for _, term := range form.Terms {
				row := make([]float64, form.In)
				for o := range got {
					if term.Kernel.Row(row, o); slices.Contains(row, 1) {
						got[o] = slices.Index(row, 1)*10 + term.Origin[0]
					}
				}
			}
			if !slices.Equal(got, c.from) || !slices.Equal(form.Stride, c.wantStrides) {
				t.Errorf("channels come from %v at strides %v", got, form.Stride)
			}
		})
	}
}

// TestShuffleOfOpenSizes reads an unshuffle by the sizes that the value has when the model runs, and none whose sizes may stand for others.
func TestShuffleOfOpenSizes(t *testing.T) {
	for name, c := range map[string]struct {
		axes int      // of the image
		mid  []string // of the first Reshape: a number, or an axis and by what it is divided
		perm []int64
		out  []string
		ok   bool
	}{
		"two axes":          {2, []string{"0/1", "3", "2/2", "2", "3/3", "3"}, []int64{0, 1, 3, 5, 2, 4}, []string{"0/1", "18", "2/2", "3/3"}, true},
		"one axis":          {1, []string{"0/1", "3", "2/2", "2"}, []int64{0, 1, 3, 2}, []string{"0/1", "6", "2/2"}, true},
		"the batch is left": {1, []string{"-1", "3", "2/2", "2"}, []int64{0, 1, 3, 2}, []string{"-1", "6", "2/2"}, false}, // of an odd size it would be another one
		"another divisor":   {1, []string{"0/1", "3", "2/3", "2"}, []int64{0, 1, 3, 2}, []string{"0/1", "6", "2/3"}, false},
		"blocks first":      {1, []string{"0/1", "3", "2", "2/2"}, []int64{0, 1, 2, 3}, []string{"0/1", "6", "2/2"}, false},
		"its own place":     {2, []string{"0/1", "3", "2/2", "2", "3/1"}, []int64{0, 1, 3, 2, 4}, []string{"0/1", "6", "2/2", "3/1"}, true},
		"another's place":   {2, []string{"0/1", "1", "3", "2/2", "2", "3/1"}, []int64{0, 1, 2, 4, 3, 5}, []string{"0/1", "6", "2/2", "3/1"}, false},
		"three axes":        {3, []string{"0/1", "3", "2/2", "2", "1", "3/2", "2", "4/2", "2"}, []int64{0, 1, 3, 6, 8, 2, 4, 5, 7}, []string{"0/1", "24", "2/2", "3/2", "4/2"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			b := graphtest.New(17)
			x := b.Input("x", append([]int64{-1, 3}, slices.Repeat([]int64{-1}, c.axes)...)...)
			shape := b.Node("Shape", []*graph.Value{x})
			reshape := func(y *graph.Value, sizes []string) *graph.Value {
				var list []*graph.Value
				for _, s := range sizes {
					axis, by, divided := strings.Cut(s, "/")
					n, _ := strconv.ParseInt(axis, 10, 64)
					if list = append(list, b.Ints(n)); divided {
						d, _ := strconv.ParseInt(by, 10, 64)
						list[len(list)-1] = b.Node("Div", []*graph.Value{b.Node("Gather", []*graph.Value{shape, b.Ints(n)}), b.Ints(d)})
					}
				}
				return b.Node("Reshape", []*graph.Value{y, b.Node("Concat", list, graph.IntAttr("axis", 0))})
			}
			y := b.Node("Transpose", []*graph.Value{reshape(x, c.mid)}, graph.IntsAttr("perm", c.perm...))
			v := reshape(y, c.out)
			b.Graph.AddOutput(v)
			if m, ok := linear.ReadMoves(v, shapes.Of(b.Graph)); ok != c.ok || ok && m.Input != x {
				t.Errorf("it is read: %v", ok)
			}
		})
	}
}

// TestShuffleSplitsFirst reads no open size that is split behind a Transpose, where another axis is at its place.
func TestShuffleSplitsFirst(t *testing.T) {
	b := graphtest.New(17)
	x := b.Input("x", -1, 3, -1)
	shape := b.Node("Shape", []*graph.Value{x})
	size := func(axis int64) *graph.Value { return b.Node("Gather", []*graph.Value{shape, b.Ints(axis)}) }
	half := b.Node("Div", []*graph.Value{size(2), b.Ints(2)})
	reshape := func(y *graph.Value, sizes ...*graph.Value) *graph.Value {
		return b.Node("Reshape", []*graph.Value{y, b.Node("Concat", sizes, graph.IntAttr("axis", 0))})
	}
	y := reshape(x, size(0), b.Ints(3), b.Ints(1), size(2))
	y = b.Node("Transpose", []*graph.Value{y}, graph.IntsAttr("perm", 1, 0, 2, 3))
	y = reshape(y, b.Ints(3), size(0), half, b.Ints(2))
	y = b.Node("Transpose", []*graph.Value{y}, graph.IntsAttr("perm", 1, 0, 3, 2))
	v := reshape(y, size(0), b.Ints(6), half)
	b.Graph.AddOutput(v)
	if _, ok := linear.ReadMoves(v, shapes.Of(b.Graph)); ok {
		t.Error("it is read")
	}
}
