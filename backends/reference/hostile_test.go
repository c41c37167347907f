package reference

import (
	"context"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/tensor"
)

// TestOddInputs gives every node of the golden cases other inputs and attributes, one at a time: it
// may compute something or refuse, but every refusal is one that was foreseen.
func TestOddInputs(t *testing.T) {
	for path := range goldenFiles() {
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
	s, err := openGraph(m, 1<<16, false)
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
