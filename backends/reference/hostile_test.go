package reference

import (
	"context"
	"errors"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/tensor"
)

// TestOddInputs gives every node of the golden cases other inputs and attributes, one at a time: it
// may compute something or refuse, but every refusal is one that was foreseen.
func TestOddInputs(t *testing.T) {
	for _, path := range []string{"testdata/golden.onnx", "testdata/golden-opset9.onnx"} {
		m := readGolden(t, path)
		rng := rand.New(rand.NewPCG(3, 4))
		for n := range m.Graph.Nodes() {
			for k := range n.NumInputs() {
				for _, odd := range oddTensors() {
					in, attrs := parts(n)
					in[k] = odd
					tryNode(t, m.Opset(""), n, attrs, in)
				}
			}
			for k, a := range n.Attrs() {
				for range 6 {
					in, attrs := parts(n)
					attrs[k] = oddAttr(rng, a)
					tryNode(t, m.Opset(""), n, attrs, in)
				}
			}
			in, attrs := parts(n)
			for _, extra := range []string{"pads", "strides", "dilations", "axes"} {
				tryNode(t, m.Opset(""), n, append(attrs, graph.IntsAttr(extra, 3, -1, 1<<40)), in)
			}
		}
	}
}

func parts(n *graph.Node) (in []*tensor.Tensor, attrs []*graph.Attr) {
	for _, v := range n.Inputs() {
		if v == nil {
			in = append(in, nil)
			continue
		}
		in = append(in, v.Data())
	}
	return in, append(attrs, n.Attrs()...)
}

func tryNode(t *testing.T, opset int64, n *graph.Node, attrs []*graph.Attr, in []*tensor.Tensor) {
	t.Helper()
	m := oneNode(opset, n.OpType, attrs, n.NumOutputs(), in...)
	s, err := openGraph(m, 1<<16)
	if err == nil {
		_, err = s.RunFloat64(context.Background(), nil)
	}
	if err == nil {
		return
	}
	if !strings.Contains(err.Error(), "the_node ("+n.OpType+")") {
		t.Errorf("the error does not name node and operator: %v", err)
	}
	if strings.Contains(err.Error(), unexpected) {
		var shapes []string
		for _, x := range in {
			if x == nil {
				shapes = append(shapes, "absent")
				continue
			}
			shapes = append(shapes, x.Type().String()+"["+tensor.FormatShape(x.Shape())+"]")
		}
		t.Errorf("%v; inputs %v, attributes %s", err, shapes, n.Name)
	}
}

func oddTensors() []*tensor.Tensor {
	rng := rand.New(rand.NewPCG(5, 6))
	words, err := tensor.NewStrings([]int64{2}, []string{"a", "b"})
	if err != nil {
		panic(err)
	}
	return []*tensor.Tensor{
		nil, words, noise(rng), noise(rng, 0), noise(rng, 1), noise(rng, 7), noise(rng, 2, 3), noise(rng, 1, 1, 1), noise(rng, 2, 0, 3, 3),
		noise(rng, 1, 2, 3, 4), noise(rng, 1, 1, 1, 1, 1, 1, 1), noise(rng, 5, 4, 3, 2, 1, 2),
		tensor.Of([]int64{}, int64(-1)), tensor.Of([]int64{1}, int64(1<<62)), tensor.Of([]int64{3}, int64(-1<<63), 0, 1<<63-1),
		tensor.Of([]int64{2, 2}, int64(1), 2, 3, 4), tensor.Of([]int64{0}, []int64{}...), tensor.Of([]int64{3}, int32(7), -7, 70000),
		tensor.Of([]int64{2}, true, false), tensor.Of([]int64{4}, 1e300, -1e300, 0.0, 1),
	}
}

func oddAttr(rng *rand.Rand, a *graph.Attr) *graph.Attr {
	odd := *a
	number := func() int64 {
		return []int64{0, -1, 1, 2, 5, -5, 1 << 31, 1<<63 - 1, -1 << 63, 1 << 20}[rng.IntN(10)]
	}
	switch a.Kind {
	case graph.AttrInt:
		odd.Int = number()
	case graph.AttrInts:
		odd.Ints = nil
		for range rng.IntN(len(a.Ints) + 3) {
			odd.Ints = append(odd.Ints, number())
		}
		if rng.IntN(3) > 0 {
			odd.Ints = append([]int64{}, a.Ints...)
			if len(odd.Ints) > 0 {
				odd.Ints[rng.IntN(len(odd.Ints))] = number()
			}
		}
	case graph.AttrString:
		odd.String = "ODD"
	default:
		odd.Kind = graph.AttrTensor
	}
	return &odd
}

func TestRefuses(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	x, c := noise(rng, 1, 2, 4, 4), noise(rng, 2)
	variance := tensor.Of([]int64{2}, float32(1), 2)
	words, err := tensor.NewStrings([]int64{1}, []string{"word"})
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		model *graph.Model
		want  string
	}{
		"unknown_operator":  {oneNode(13, "LSTM", nil, 1, x), "node the_node (LSTM): the operator is not known"},
		"unknown_attribute": {oneNode(13, "Relu", []*graph.Attr{graph.IntAttr("fast", 1)}, 1, x), "node the_node (Relu): attribute fast is not known"},
		"attribute_kind":    {oneNode(13, "Flatten", []*graph.Attr{graph.StringAttr("axis", "1")}, 1, x), "node the_node (Flatten): attribute axis is of the wrong kind"},
		"training_mode":     {oneNode(14, "BatchNormalization", []*graph.Attr{graph.IntAttr("training_mode", 1)}, 1, x, c, c, c, variance), "training mode"},
		"training_outputs":  {oneNode(9, "BatchNormalization", nil, 3, x, c, c, c, variance), "training mode"},
		"training_opset_6":  {oneNode(6, "BatchNormalization", nil, 1, x, c, c, c, variance), "training mode"},
		"kernel_shape":      {oneNode(13, "Conv", []*graph.Attr{graph.IntsAttr("kernel_shape", 3, 3)}, 1, x, noise(rng, 2, 2, 1, 3)), "contradicts the weight"},
		"groups":            {oneNode(13, "Conv", []*graph.Attr{graph.IntAttr("group", 2)}, 1, x, noise(rng, 2, 2, 1, 3)), "do not fit group 2"},
		"too_large":         {oneNode(13, "ConstantOfShape", nil, 1, tensor.Of([]int64{2}, int64(1<<30), 1<<30)), "more than"},
		"empty_but_long":    {oneNode(13, "Pad", nil, 1, noise(rng, 0, 1), tensor.Of([]int64{4}, int64(0), 1<<31-1, 0, 0)), "more than"},
		"divided_by_zero":   {oneNode(13, "Div", nil, 1, tensor.Of([]int64{1}, int64(1)), tensor.Of([]int64{1}, int64(0))), "divided by zero"},
		"einsum_ellipsis":   {oneNode(13, "Einsum", []*graph.Attr{graph.StringAttr("equation", "...i->i")}, 1, x), "an ellipsis"},
		"einsum_operands":   {oneNode(13, "Einsum", []*graph.Attr{graph.StringAttr("equation", "i,i")}, 1, c), "2 operands, the node 1"},
		"einsum_sizes":      {oneNode(13, "Einsum", []*graph.Attr{graph.StringAttr("equation", "iijk->j")}, 1, x), "axis i has 1 and 2"},
		"einsum_result":     {oneNode(13, "Einsum", []*graph.Attr{graph.StringAttr("equation", "i->j")}, 1, c), "axis j of the result"},
		"einsum_too_large":  {oneNode(13, "Einsum", []*graph.Attr{graph.StringAttr("equation", "a,b,c,d->")}, 1, noise(rng, 1<<10), noise(rng, 1<<10), noise(rng, 1<<10), noise(rng, 1<<10)), "more than"},
		"scatter_outside":   {oneNode(13, "ScatterND", nil, 1, c, tensor.Of([]int64{1, 1}, int64(2)), noise(rng, 1)), "index 2 is outside"},
		"scatter_reduction": {oneNode(18, "ScatterND", []*graph.Attr{graph.StringAttr("reduction", "mean")}, 1, c, tensor.Of([]int64{1, 1}, int64(0)), noise(rng, 1)), `reduction "mean" is not known`},
		"scatter_strings":   {oneNode(18, "ScatterElements", []*graph.Attr{graph.StringAttr("reduction", "add")}, 1, words, tensor.Of([]int64{1}, int64(0)), words), "no reduction add of string"},
		"one_hot_of_text":   {oneNode(13, "OneHot", nil, 1, words, tensor.Of(nil, int64(2)), noise(rng, 2)), "indices are string"},
		"scatter_shapes":    {oneNode(13, "ScatterND", nil, 1, c, tensor.Of([]int64{1, 1}, int64(0)), noise(rng, 2)), "updates [2]"},
		"element_type":      {oneNode(13, "Conv", nil, 1, tensor.Of([]int64{1, 1, 1}, int64(1)), tensor.Of([]int64{1, 1, 1}, int64(1))), "not floating-point"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := evaluate(test.model)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want %q", err, test.want)
			}
		})
	}
}

func TestRefusesInputs(t *testing.T) {
	m := graph.NewModel(8, graph.Opset{Version: 13})
	shape := graph.Type{Elem: tensor.Float32, Ranked: true, Shape: []tensor.Dim{{Size: -1, Param: "N"}, tensor.Fixed(2)}}
	for _, name := range []string{"a", "b"} {
		v, err := m.Graph.AddInput(name, shape)
		if err != nil {
			t.Fatal(err)
		}
		m.Graph.AddOutput(v)
	}
	s, err := OpenGraph(m)
	if err != nil {
		t.Fatal(err)
	}
	good := tensor.Of([]int64{1, 2}, float32(1), 2)
	for want, in := range map[string]tensor.Map{
		`input "b" is missing`:       {"a": good},
		`the model has no input "c"`: {"a": good, "b": good, "c": good},
		`input "b": dimension N`:     {"a": good, "b": tensor.Of([]int64{2, 2}, float32(1), 2, 3, 4)},
		`input "a": shape [2,1]`:     {"a": tensor.Of([]int64{2, 1}, float32(1), 2), "b": good},
		`input "a": the tensor is`:   {"a": tensor.Of([]int64{1, 2}, int32(1), 2), "b": good},
	} {
		if _, err := s.Run(context.Background(), in); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
	if _, err := s.Run(context.Background(), tensor.Map{"a": good, "b": tensor.Of([]int64{1, 2}, 1.5, 2)}); err != nil {
		t.Errorf("a double for a float: %v", err)
	}
	if err := errors.Join(s.Close(), s.Close()); err != nil {
		t.Error(err)
	}
	if _, err := s.Run(context.Background(), nil); err == nil {
		t.Error("a closed session runs")
	}
}
