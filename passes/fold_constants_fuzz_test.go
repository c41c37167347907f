package passes_test

import (
	"context"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/backends/reference"
	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/op"
	"github.com/acdeploy/acdeploy/passes"
	"github.com/acdeploy/acdeploy/passes/passtest"
	"github.com/acdeploy/acdeploy/pipeline"
	"github.com/acdeploy/acdeploy/tensor"
)

// stream makes decisions from bytes; after the last all are 0.
type stream []byte

func (s *stream) next(n int) int {
	if len(*s) == 0 {
		return 0
	}
	v := int((*s)[0]) % n
	*s = (*s)[1:]
	return v
}

// operand is a small tensor, or an absent input.
func (s *stream) operand(g *graph.Graph) *graph.Value {
	shape := make([]int64, s.next(4))
	for i := range shape {
		shape[i] = int64(s.next(4))
	}
	count, _ := tensor.Count(shape)
	switch s.next(5) {
	case 0, 1:
		list := make([]float32, count)
		for i := range list {
			list[i] = float32(s.next(17)-8) / 4
		}
		return g.NewInitializer("f", tensor.Of(shape, list...))
	case 2, 3:
		list := make([]int64, count)
		for i := range list {
			list[i] = int64(s.next(9) - 4)
		}
		return g.NewInitializer("i", tensor.Of(shape, list...))
	}
	list := make([]bool, count)
	for i := range list {
		list[i] = s.next(2) == 1
	}
	return g.NewInitializer("b", tensor.Of(shape, list...))
}

// attributes that some operator has; an operator that has none of them ignores it.
func (s *stream) attribute(n *graph.Node) {
	switch s.next(7) {
	case 0:
		n.SetAttr(graph.IntAttr([]string{"axis", "keepdims", "upper", "transA", "transB", "k"}[s.next(6)], int64(s.next(6)-3)))
	case 6:
		n.SetAttr(graph.IntAttr([]string{"largest", "sorted", "exclusive", "reverse", "blocksize", "size", "p", "select_last_index"}[s.next(8)], int64(s.next(4))))
	case 1:
		list := make([]int64, s.next(4))
		for i := range list {
			list[i] = int64(s.next(6) - 3)
		}
		n.SetAttr(graph.IntsAttr([]string{"axes", "perm", "pads", "strides", "dilations", "kernel_shape"}[s.next(6)], list...))
	case 2:
		n.SetAttr(graph.IntAttr("to", []int64{1, 7, 6, 9, 10, 11, 0}[s.next(7)]))
	case 3:
		n.SetAttr(graph.StringAttr("equation", []string{"ij,jk->ik", "ij,ij->", "i,j->ji", "ii->i", "ij->j,"}[s.next(5)]))
	case 4:
		n.SetAttr(graph.IntAttr("start", int64(s.next(9)-4)))
	}
}

// constantOperators are those that are computed.
func constantOperators() []string {
	return []string{
		"Shape", "Size", "Cast", "CastLike", "Reshape", "Flatten", "Squeeze", "Unsqueeze", "Transpose", "Slice", "Gather",
		"Concat", "Expand", "ConstantOfShape", "Range", "Conv", "MatMul", "Gemm", "Einsum", "ReduceSum", "ReduceMean",
		"ReduceProd", "ReduceMax", "ReduceMin", "ReduceL2", "Split", "Tile", "Pad", "Trilu", "EyeLike", "OneHot", "ScatterND",
		"ScatterElements", "GatherElements", "Where", "Clip", "Not", "Equal", "Less", "Add", "Sub", "Mul", "Div", "Pow", "Mod",
		"And", "Sum", "Max", "Min", "Mean", "Sigmoid", "Exp", "Tanh", "Abs", "Relu", "Softplus", "Log", "Sqrt", "HardSigmoid",
		"Floor", "Ceil", "Round", "Sign", "Sin", "Erf", "Atan", "Selu", "PRelu", "IsNaN", "LessOrEqual", "Greater", "Xor", "ArgMax",
		"ArgMin", "TopK", "Hardmax", "Softmax", "Unique", "NonZero", "Compress", "GatherND", "CumSum", "ReverseSequence", "ConvTranspose",
		"GlobalAveragePool", "InstanceNormalization", "LpNormalization", "LRN", "BatchNormalization", "Resize", "Dropout", "ReduceL1",
		"ReduceSumSquare", "ReduceLogSumExp", "DepthToSpace", "SpaceToDepth", "MaxPool", "AveragePool", "Mod",
		"Attention", "RotaryEmbedding", "Col2Im", "DeformConv", "GridSample", "RoiAlign", "NonMaxSuppression", "MaxUnpool", "DFT", "STFT",
		"RNN", "GRU", "LSTM", "NegativeLogLikelihoodLoss", "SoftmaxCrossEntropyLoss",
	}
}

// FuzzConstants computes arbitrary chains of operators over constants. What is computed has the value
// that the reference computes, where the reference runs them.
func FuzzConstants(f *testing.F) {
	for i := range constantOperators() {
		f.Add([]byte{byte(i), 2, 2, 3, 0, 9, 8, 7, 6, 5, 4, 1, 2, 2, 1, 0, 0, 0, 0, byte(i + 1), 1})
	}
	f.Fuzz(func(t *testing.T, data []byte) { checkConstants(t, data) })
}

// TestRandomConstants is the same for random bytes.
func TestRandomConstants(t *testing.T) {
	d, computed := draw(t, "constants, whatever computes them", 72_000, []int64{17}), 0
	for seed := range d.seeds() {
		r := rand.New(rand.NewPCG(seed, 11))
		data := make([]byte, 60)
		for i := range data {
			data[i] = byte(r.Uint32())
		}
		now := checkConstants(t, data)
		computed += now
		d.count(17, now > 0)
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
	if computed < d.Graphs/36 {
		t.Errorf("only %d nodes were computed of %d graphs", computed, d.Graphs)
	}
}

// checkConstants makes the chain that the bytes stand for, and says how many nodes were computed.
func checkConstants(t *testing.T, data []byte) int {
	t.Helper()
	all := constantOperators()
	build := func() *graph.Model {
		b, s := newBuilder(1), stream(data)
		x := b.input("x", 1)
		var made []*graph.Value
		for range 1 + s.next(3) {
			op := all[s.next(len(all))]
			n := graph.NewNode(op)
			for range 1 + s.next(3) {
				if len(made) > 0 && s.next(3) > 0 {
					n.AddInput(made[s.next(len(made))])
				} else {
					n.AddInput(s.operand(b.g))
				}
			}
			for range s.next(2) {
				s.attribute(n)
			}
			v := b.g.NewValue(op)
			if err := n.AddOutput(v); err != nil {
				panic(err)
			}
			b.g.Append(n)
			made = append(made, v)
		}
		last := made[len(made)-1]
		always := b.node("Equal", []*graph.Value{x, x})
		number := b.node("Cast", []*graph.Value{last}, graph.IntAttr("to", int64(tensor.Float64)))
		zero := b.g.NewInitializer("zero", tensor.Of(nil, 0.0))
		return b.output(b.node("Where", []*graph.Value{always, number, zero}))
	}
	before, after := build(), build()
	steps := []pipeline.Step{{Name: "f", Pass: &passes.FoldConstants{MaxBytes: 1 << 10, MaxSteps: 1 << 16}}}
	if op.Check(before.Graph) != nil {
		return 0
	}
	in := passtest.Inputs(before, [][]int64{{1}}, 1)
	session, err := reference.OpenGraph(before)
	if err != nil {
		return 0
	}
	if _, err := session.RunFloat64(context.Background(), in); err != nil {
		return 0
	}
	result, err := pipeline.Run(context.Background(), after.Graph, steps, pipeline.Options{})
	if err != nil {
		t.Fatalf("%v\n%s", err, passtest.Text(before))
	}
	diff, err := passtest.Difference(before, after, in)
	if err != nil && strings.Contains(err.Error(), "to any number") {
		return 0 // an empty result, or none that is finite
	}
	if err != nil || diff > 1e-12 {
		t.Errorf("the answers differ by %g (%v)\n%s\n%s", diff, err, passtest.Text(before), passtest.Text(after))
	}
	return result.Rewrites()
}
