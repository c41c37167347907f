package equal_test

import (
	"math"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/graph/graphtest"
	"github.com/acdeploy/acdeploy/tensor"
)

// TestAttributes has two of each kind, the same and another, and their order does not count.
func TestAttributes(t *testing.T) {
	text := func(words ...string) *graph.Attr {
		return &graph.Attr{Name: "a", Kind: graph.AttrStrings, Strings: words}
	}
	floats := func(v ...float32) *graph.Attr { return &graph.Attr{Name: "a", Kind: graph.AttrFloats, Floats: v} }
	for name, c := range map[string]struct {
		a, b  []*graph.Attr
		equal bool
	}{
		"int":           {[]*graph.Attr{graph.IntAttr("a", 1)}, []*graph.Attr{graph.IntAttr("a", 1)}, true},
		"another int":   {[]*graph.Attr{graph.IntAttr("a", 1)}, []*graph.Attr{graph.IntAttr("a", 1<<40)}, false},
		"another name":  {[]*graph.Attr{graph.IntAttr("a", 1)}, []*graph.Attr{graph.IntAttr("b", 1)}, false},
		"another kind":  {[]*graph.Attr{graph.IntAttr("a", 0)}, []*graph.Attr{graph.FloatAttr("a", 0)}, false},
		"float":         {[]*graph.Attr{graph.FloatAttr("a", 0)}, []*graph.Attr{graph.FloatAttr("a", float32(math.Copysign(0, -1)))}, false},
		"string":        {[]*graph.Attr{graph.StringAttr("a", "x")}, []*graph.Attr{graph.StringAttr("a", "x")}, true},
		"other string":  {[]*graph.Attr{graph.StringAttr("a", "x")}, []*graph.Attr{graph.StringAttr("a", "y")}, false},
		"ints":          {[]*graph.Attr{graph.IntsAttr("a", 1, 2)}, []*graph.Attr{graph.IntsAttr("a", 1, 2)}, true},
		"other ints":    {[]*graph.Attr{graph.IntsAttr("a", 1, 2)}, []*graph.Attr{graph.IntsAttr("a", 1)}, false},
		"floats":        {[]*graph.Attr{floats(1, 2)}, []*graph.Attr{floats(1, 2)}, true},
		"other floats":  {[]*graph.Attr{floats(1, 2)}, []*graph.Attr{floats(1, 3)}, false},
		"strings":       {[]*graph.Attr{text("a", "b")}, []*graph.Attr{text("a", "b")}, true},
		"other strings": {[]*graph.Attr{text("a", "b")}, []*graph.Attr{text("ab")}, false},
		"tensor":        {[]*graph.Attr{graph.TensorAttr("a", tensor.Of(nil, int64(1)))}, []*graph.Attr{graph.TensorAttr("a", tensor.Of(nil, int64(1)))}, true},
		"other tensor":  {[]*graph.Attr{graph.TensorAttr("a", tensor.Of(nil, int64(1)))}, []*graph.Attr{graph.TensorAttr("a", tensor.Of(nil, int32(1)))}, false},
		"order":         {[]*graph.Attr{graph.IntAttr("a", 1), graph.IntAttr("b", 2)}, []*graph.Attr{graph.IntAttr("b", 2), graph.IntAttr("a", 1)}, true},
	} {
		b := graphtest.New(17)
		x := b.Input("x", 2, 3)
		keys := keysOf(b.Node("Relu", []*graph.Value{x}, c.a...), b.Node("Relu", []*graph.Value{x}, c.b...))
		if keys[0] == "" || (keys[0] == keys[1]) != c.equal {
			t.Errorf("%s: %q and %q", name, keys[0], keys[1])
		}
	}
	for name, a := range map[string]*graph.Attr{
		"opaque":       {Name: "a", Kind: graph.AttrTensor},
		"sparse":       {Name: "a", Kind: graph.AttrSparseTensor},
		"of the call":  {Name: "a", Kind: graph.AttrInt, Ref: "b"},
		"no such kind": {Name: "a"},
	} {
		b := graphtest.New(17)
		if keys := keysOf(b.Node("Relu", []*graph.Value{b.Input("x", 2)}, a)); keys[0] != "" {
			t.Errorf("%s has the key %q", name, keys[0])
		}
	}
}

// TestBodies compares graphs by what they compute, whatever their values are called.
func TestBodies(t *testing.T) {
	b := graphtest.New(17)
	x, cond := b.Input("x", 2, 3), b.Input("cond")
	branch := func(name, op string, by float32) *graph.Attr {
		s := graphtest.Builder{Graph: b.Graph.NewSubgraph(name)}
		s.Graph.AddOutput(s.Node("Neg", []*graph.Value{s.Node(op, []*graph.Value{x, s.Floats(nil, by)})}))
		return &graph.Attr{Name: name, Kind: graph.AttrGraph, Graph: s.Graph}
	}
	choice := func(op string, by float32) *graph.Value {
		return b.Node("If", []*graph.Value{cond}, branch("then_branch", op, by), branch("else_branch", "Sub", 1))
	}
	keys := keysOf(choice("Add", 1), choice("Add", 1), choice("Mul", 1), choice("Add", 2))
	if keys[0] == "" || keys[0] != keys[1] || keys[0] == keys[2] || keys[0] == keys[3] {
		t.Errorf("got %q", keys)
	}
	long := graphtest.Builder{Graph: b.Graph.NewSubgraph("long")}
	v := x
	for range 100 {
		v = long.Node("Relu", []*graph.Value{v})
	}
	long.Graph.AddOutput(v)
	n := b.Node("If", []*graph.Value{cond}, &graph.Attr{Name: "then_branch", Kind: graph.AttrGraph, Graph: long.Graph}, branch("else_branch", "Sub", 1))
	if keys := keysOf(n); keys[0] != "" {
		t.Error("a graph of 100 nodes has a key")
	}
}
