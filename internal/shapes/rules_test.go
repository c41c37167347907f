package shapes_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/shapes"
	"github.com/acdeploy/acdeploy/tensor"
)

// net is a graph under construction with an input x.
type net struct {
	g *graph.Graph
	x *graph.Value
}

// newNet declares x; a dimension is a number or a symbol.
func newNet(dims ...any) net {
	m := graph.NewModel(8, graph.Opset{Version: 18})
	typ := graph.Type{Elem: tensor.Float32, Ranked: true}
	for _, d := range dims {
		switch d := d.(type) {
		case int:
			typ.Shape = append(typ.Shape, tensor.Fixed(int64(d)))
		case string:
			typ.Shape = append(typ.Shape, tensor.Dim{Size: -1, Param: d})
		}
	}
	x, err := m.Graph.AddInput("x", typ)
	if err != nil {
		panic(err)
	}
	return net{m.Graph, x}
}

func (n net) node(op string, in []*graph.Value, attrs ...*graph.Attr) *graph.Value {
	node := graph.NewNode(op, in...)
	v, err := n.g.AddValue(fmt.Sprint(op, n.g.Values()))
	if err != nil {
		panic(err)
	}
	if err := node.AddOutput(v); err != nil {
		panic(err)
	}
	for _, a := range attrs {
		node.SetAttr(a)
	}
	n.g.Append(node)
	return v
}

func (n net) on(op string, x *graph.Value, attrs ...*graph.Attr) *graph.Value {
	return n.node(op, []*graph.Value{x}, attrs...)
}

func (n net) ints(v ...int64) *graph.Value {
	return n.g.NewInitializer("i", tensor.Of([]int64{int64(len(v))}, v...))
}

func (n net) scalar(v int64) *graph.Value { return n.g.NewInitializer("s", tensor.Of(nil, v)) }

// conv is a convolution with k×k kernels and pads on all sides.
func (n net) conv(x *graph.Value, channels, k, stride, pad int64) *graph.Value {
	w := n.g.NewInitializer("w", tensor.Of([]int64{channels, 1, k, k}, make([]float32, channels*k*k)...))
	return n.node("Conv", []*graph.Value{x, w}, graph.IntsAttr("strides", stride, stride), graph.IntsAttr("pads", pad, pad, pad, pad))
}

// rule is a value of a graph and the shape that it has.
type rule struct {
	net  net
	make func(n net) *graph.Value
	want string
}

// image is an image of a height that is not known.
func image() net { return newNet("N", 3, "H", 32) }

func infer(t *testing.T, rules map[string]rule) {
	t.Helper()
	for name, c := range rules {
		t.Run(name, func(t *testing.T) {
			v := c.make(c.net)
			if got := format(shapes.Of(c.net.g), v); got != c.want {
				t.Errorf("shape %s, want %s", got, c.want)
			}
		})
	}
}

func (n net) zeros(shape ...int64) *graph.Value {
	count, err := tensor.Count(shape)
	if err != nil {
		panic(err)
	}
	return n.g.NewInitializer("w", tensor.Of(shape, make([]float32, count)...))
}

func TestRules(t *testing.T) {
	infer(t, map[string]rule{
		"broadcast meets a number": {image(), func(n net) *graph.Value { return n.node("Add", []*graph.Value{n.x, n.ints(1)}) }, "N 3 H 32"},
		"an unknown operator":      {image(), func(n net) *graph.Value { return n.on("Custom", n.x) }, "unknown"},
		"like the input":           {image(), func(n net) *graph.Value { return n.on("Relu", n.x) }, "N 3 H 32"},
		"a schema that is broken":  {image(), func(n net) *graph.Value { return n.on("Cast", n.x) }, "unknown"},
	})
}

func (n net) scales(v ...float32) *graph.Value {
	return n.g.NewInitializer("f", tensor.Of([]int64{int64(len(v))}, v...))
}

func crop(n net, x *graph.Value, axis, start, end int64) *graph.Value {
	return n.node("Slice", []*graph.Value{x, n.ints(start), n.ints(end), n.ints(axis)})
}

func format(s *shapes.Shapes, v *graph.Value) string {
	shape, ok := s.Shape(v)
	if !ok {
		return "unknown"
	}
	return strings.Trim(fmt.Sprint(shape), "[]")
}

// TestEqualTerms: sizes that are equal for every image meet, those that are not do not.
func TestEqualTerms(t *testing.T) {
	height := func(steps ...[3]int64) func(net) *graph.Value {
		return func(n net) *graph.Value {
			v := n.x
			for _, s := range steps {
				v = n.conv(v, 3, s[0], s[1], s[2])
			}
			return v
		}
	}
	for name, c := range map[string]struct {
		a, b  func(net) *graph.Value
		equal bool
	}{
		"3 with pads and 1 without, at stride 2": {height([3]int64{3, 2, 1}), height([3]int64{1, 2, 0}), true},
		"stride 2 twice and 4 once":              {height([3]int64{1, 2, 0}, [3]int64{1, 2, 0}), height([3]int64{1, 4, 0}), true},
		"stride 2 and 3":                         {height([3]int64{1, 2, 0}), height([3]int64{1, 3, 0}), false},
		"2 without pads at stride 2":             {height([3]int64{2, 2, 0}), height([3]int64{1, 2, 0}), false},
	} {
		t.Run(name, func(t *testing.T) {
			n := newNet("N", 3, "H", "H")
			a, b := c.a(n), c.b(n)
			s := shapes.Of(n.g)
			x, _ := s.Shape(a)
			y, _ := s.Shape(b)
			if equal := x[2] == y[2]; equal != c.equal {
				t.Errorf("heights %v and %v", x[2], y[2])
			}
		})
	}
}

// TestDeclared: what stands for a size without being a name is not one.
func TestDeclared(t *testing.T) {
	n := newNet("?", "?", "None", "")
	shape, _ := shapes.Of(n.g).Shape(n.x)
	for i, d := range shape {
		for k := range i {
			if shape[k] == d {
				t.Errorf("axes %d and %d are equal", k, i)
			}
		}
	}
}

// TestHintsAreNotRead: what the file says of a value in between may be wrong.
func TestHintsAreNotRead(t *testing.T) {
	n := newNet("N", 3, "H", "W")
	v := n.on("Custom", n.x)
	v.SetType(n.x.Type())
	s := shapes.Of(n.g)
	if _, ok := s.Shape(v); ok || s.Elem(v) != tensor.Undefined {
		t.Error("a declared value in between is believed")
	}
	body := n.g.NewSubgraph("body")
	in, err := body.AddInput("in", n.x.Type())
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := s.Shape(in); ok {
		t.Error("a declared input of a sub-graph is believed")
	}
}

// TestElements: lists of sizes are followed through their arithmetic.
func TestElements(t *testing.T) {
	n := newNet("N", 6, "H", "W")
	shape := n.on("Shape", n.x, graph.IntAttr("start", 1))
	half := n.node("Div", []*graph.Value{shape, n.ints(2)})
	back := n.node("Mul", []*graph.Value{n.ints(2, 2, 1), half})
	s := shapes.Of(n.g)
	ints, ok := s.Ints(back)
	if got, want := fmt.Sprint(ints), "[6 ?5 ?4]"; !ok || got != want {
		t.Errorf("elements %v, want %v", got, want)
	}
	if got := s.Elem(back); got != tensor.Int64 {
		t.Errorf("type %v", got)
	}
	unknown := n.node("Sub", []*graph.Value{n.ints(0, 0, 0), shape})
	size := n.on("ConstantOfShape", unknown)
	if _, ok := s.Shape(size); ok {
		t.Error("what may be negative became a size")
	}
}

// TestDeepChain: a walk neither recurses nor visits a value twice.
func TestDeepChain(t *testing.T) {
	n := newNet("N", 3, "H", "W")
	v := n.x
	for range 50_000 {
		v = n.node("Add", []*graph.Value{v, v})
	}
	if got := format(shapes.Of(n.g), v); got != "N 3 H W" {
		t.Error(got)
	}
}

// TestRewrittenWeights: a weight that a pass has changed is read as it is now.
func TestRewrittenWeights(t *testing.T) {
	n := newNet("N", 3, "H", "W")
	w := n.ints(1, 2)
	s := shapes.Of(n.g)
	before := format(s, w)
	w.SetData(tensor.Of([]int64{1, 3}, int64(1), 2, 3))
	if diff := cmp.Diff([]string{"2", "1 3"}, []string{before, format(s, w)}); diff != "" {
		t.Error(diff)
	}
}

// TestMayHoldInts: values of the image hold no list of sizes, whatever else reads sizes may.
func TestMayHoldInts(t *testing.T) {
	n := newNet("N", 3)
	size := n.node("Shape", []*graph.Value{n.x})
	one := n.g.NewInitializer("one", tensor.Of([]int64{1}, int64(1)))
	image := n.node("Relu", []*graph.Value{n.x})
	for _, c := range []struct {
		v    *graph.Value
		want bool
	}{
		{n.x, false},
		{image, false},
		{n.node("Add", []*graph.Value{image, image}), false},
		{nil, false},
		{size, true},
		{one, true},
		{n.node("Add", []*graph.Value{size, one}), true},
		{n.node("Slice", []*graph.Value{size, one, one}), true},
		{n.g.NewInitializer("matrix", tensor.Of([]int64{1, 1}, int64(1))), false},
	} {
		if got := shapes.MayHoldInts(c.v); got != c.want {
			t.Errorf("got %v, want %v of %+v", got, c.want, c.v)
		}
		if _, known := shapes.Of(n.g).Ints(c.v); known && !c.want {
			t.Errorf("%+v holds integers", c.v)
		}
	}
}
