package op_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/op"
	"github.com/acdeploy/acdeploy/tensor"
)

// input is an operand of a node under test: nil for an absent one, a list of integers for a constant, and
// "x" for one that is computed.
type input any

// node makes a node of an operator in a graph of its own.
func node(opset int64, opType string, in []input, attrs ...*graph.Attr) *graph.Node {
	g := graph.NewModel(8, graph.Opset{Version: opset}).Graph
	n := graph.NewNode(opType)
	for _, x := range in {
		switch x := x.(type) {
		case nil:
			n.AddInput(nil)
		case []int64:
			n.AddInput(g.NewInitializer("list", tensor.Of([]int64{int64(len(x))}, x...)))
		case *tensor.Tensor:
			n.AddInput(g.NewInitializer("tensor", x))
		default:
			v, err := g.AddInput("x"+string(rune('0'+n.NumInputs())), graph.Type{Elem: tensor.Float32})
			if err != nil {
				panic(err)
			}
			n.AddInput(v)
		}
	}
	for _, a := range attrs {
		n.SetAttr(a)
	}
	g.Append(n)
	return n
}

// outputs gives a node so many results.
func outputs(n *graph.Node, count int) *graph.Node {
	for i := range count {
		v, err := n.Graph().AddValue("y" + string(rune('0'+i)))
		if err != nil {
			panic(err)
		}
		if err := n.AddOutput(v); err != nil {
			panic(err)
		}
	}
	return n
}

// wantError compares a part of an error's text, "" for none.
func wantError(t *testing.T, err error, part string) {
	t.Helper()
	switch {
	case part == "" && err != nil:
		t.Errorf("error %v", err)
	case part != "" && err == nil:
		t.Errorf("no error, want %q", part)
	case part != "" && !strings.Contains(err.Error(), part):
		t.Errorf("error %v, want %q", err, part)
	}
}

func ints(name string, list ...int64) *graph.Attr { return graph.IntsAttr(name, list...) }

// TestOf: a node is read by the schema of its opset, and not at all where it breaks it.
func TestOf(t *testing.T) {
	custom := node(13, "Relu", []input{"x"})
	custom.Domain = "my.domain"
	ref := &graph.Attr{Name: "axis", Kind: graph.AttrInt, Ref: "outer"}
	for name, c := range map[string]struct {
		n    *graph.Node
		want string
	}{
		"a plain node":                {node(13, "Relu", []input{"x"}), ""},
		"another domain":              {custom, "not an operator of ONNX"},
		"an operator of nobody":       {node(13, "Frobnicate", []input{"x"}), "no operator Frobnicate"},
		"an operator of later":        {node(7, "Where", []input{"x", "x", "x"}), "opset 7 has no operator Where"},
		"an opset after the table":    {node(999, "Relu", []input{"x"}), ""},
		"too many inputs":             {node(13, "Relu", []input{"x", "x"}), "more inputs"},
		"a trailing absent input":     {node(13, "Relu", []input{"x", nil}), ""},
		"an absent input":             {node(13, "Add", []input{"x"}), "its input B is absent"},
		"any number of inputs":        {node(13, "Sum", []input{"x", "x", "x"}), ""},
		"an absent attribute":         {node(4, "Concat", []input{"x"}), "its attribute axis is absent"},
		"the wrong kind":              {node(4, "Concat", []input{"x"}, ints("axis", 1)), "wrong kind"},
		"an attribute of a function":  {node(4, "Concat", []input{"x"}, ref), "from the function around it"},
		"an attribute of somebody":    {node(13, "Relu", []input{"x"}, graph.IntAttr("vendor", 1)), ""},
		"a hint that is not there":    {node(1, "BatchNormalization", []input{"x", "x", "x", "x", "x"}), ""},
		"an input of opset 13 before": {node(11, "Squeeze", []input{"x", []int64{0}}), "more inputs"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := op.Of(c.n)
			wantError(t, err, c.want)
		})
	}
}

// TestAttributes: what is absent has the published default.
func TestAttributes(t *testing.T) {
	n, err := op.Of(node(13, "LRN", []input{"x"}, graph.IntAttr("size", 5), graph.FloatAttr("bias", 0.5)))
	if err != nil {
		t.Fatal(err)
	}
	got := []any{n.Int("size"), n.Float("bias"), n.Float("alpha"), n.Float("beta"), n.Has("size"), n.Has("beta"), n.Int("nothing")}
	want := []any{int64(5), 0.5, float64(float32(1e-4)), 0.75, true, false, int64(0)}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	pad, err := op.Of(node(13, "Pad", []input{"x", []int64{0, 0}}))
	if err != nil || pad.Str("mode") != "constant" || pad.Input("pads") == nil || pad.Input("constant_value") != nil || pad.Input("none") != nil {
		t.Errorf("mode %q: %v", pad.Str("mode"), err)
	}
	eye, err := op.Of(node(13, "Softmax", []input{"x"}))
	if axis, ok := eye.Axis(4); err != nil || !ok || axis != 3 || eye.Flag("axis") != true {
		t.Errorf("axis %d: %v", axis, err)
	}
	fill, err := op.Of(node(13, "ConstantOfShape", []input{"x"}, graph.TensorAttr("value", tensor.Of(nil, int64(7)))))
	if err != nil || fill.Tensor("value").Type() != tensor.Int64 || fill.Tensor("other") != nil {
		t.Errorf("value: %v", err)
	}
}

// TestList: a list is an attribute or an input by the opset, and not the other one.
func TestList(t *testing.T) {
	for name, c := range map[string]struct {
		n     *graph.Node
		list  []int64
		given bool
		want  string
		kind  op.Kind
	}{
		"an attribute":           {node(11, "Squeeze", []input{"x"}, ints("axes", 1)), []int64{1}, true, "", 0},
		"an absent attribute":    {node(11, "Squeeze", []input{"x"}), nil, false, "", 0},
		"an input":               {node(13, "Squeeze", []input{"x", []int64{1, 2}}), []int64{1, 2}, true, "", 0},
		"an absent input":        {node(13, "Squeeze", []input{"x"}), nil, false, "", 0},
		"a computed input":       {node(13, "Squeeze", []input{"x", "x"}), nil, true, "its axes are computed at run time; export the model with constant folding", op.Computed},
		"an attribute of before": {node(13, "Squeeze", []input{"x"}, ints("axes", 1)), nil, false, "which opset 13 does not have", op.Invalid},
		"a stranger's":           {node(13, "Reshape", []input{"x", []int64{1}}, ints("axes", 1)), nil, false, "which opset 13 does not have", op.Invalid},
	} {
		t.Run(name, func(t *testing.T) {
			n, err := op.Of(c.n)
			if err != nil {
				t.Fatal(err)
			}
			list, given, err := n.List("axes", op.Constant)
			wantError(t, err, c.want)
			if err != nil && op.KindOf(err) != c.kind {
				t.Errorf("kind %d, want %d", op.KindOf(err), c.kind)
			}
			if diff := cmp.Diff(c.list, list); diff != "" || given != c.given {
				t.Errorf("given %v\n%s", given, diff)
			}
		})
	}
}

func TestConstant(t *testing.T) {
	matrix := tensor.Of([]int64{1, 2}, int64(1), 2)
	n := node(13, "Squeeze", []input{"x", matrix, []int64{3}, tensor.Of(nil, int32(4)), tensor.Of(nil, float32(4)), nil})
	var got [][]int64
	for i := range 6 {
		list, ok := op.Constant(n.Input(i))
		if ok != (list != nil) {
			t.Errorf("input %d: %v, %v", i, list, ok)
		}
		got = append(got, list)
	}
	if diff := cmp.Diff([][]int64{nil, nil, {3}, {4}, nil, nil}, got); diff != "" {
		t.Error(diff)
	}
}
