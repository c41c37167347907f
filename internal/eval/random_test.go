package eval_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/acdeploy/acdeploy/backends/reference"
	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/tensor"
)

// maker makes small random examples.
type maker struct{ *rand.Rand }

// shape is so many axes of 1 to 4 elements.
func (m maker) shape(rank int) []int64 {
	out := make([]int64, rank)
	for i := range out {
		out[i] = 1 + m.Int64N(4)
	}
	return out
}

// some is a shape of 1 to 4 axes.
func (m maker) some() []int64 { return m.shape(1 + m.IntN(4)) }

// floats is a tensor of multiples of 1/16 from low to high, in one of the types; distinct numbers where they are fewer.
func (m maker) floats(shape []int64, low, high float64) *tensor.Tensor {
	count, err := tensor.Count(shape)
	if err != nil {
		panic(err)
	}
	steps := int((high - low) * 16)
	list := make([]float32, count)
	for i := range list {
		list[i] = float32(low + float64(m.IntN(steps+1))/16)
	}
	return tensor.Of(shape, list...)
}

func (m maker) numbers(shape []int64) *tensor.Tensor { return m.floats(shape, -4, 4) }

// whole is a tensor of integers from low to high, of int64 or int32.
func (m maker) whole(shape []int64, low, high int64) *tensor.Tensor {
	count, err := tensor.Count(shape)
	if err != nil {
		panic(err)
	}
	list, narrow := make([]int64, count), make([]int32, count)
	for i := range list {
		list[i] = low + m.Int64N(high-low+1)
		narrow[i] = int32(list[i])
	}
	if m.IntN(2) == 0 {
		return tensor.Of(shape, narrow...)
	}
	return tensor.Of(shape, list...)
}

func (m maker) long(shape []int64, low, high int64) *tensor.Tensor {
	count, err := tensor.Count(shape)
	if err != nil {
		panic(err)
	}
	list := make([]int64, count)
	for i := range list {
		list[i] = low + m.Int64N(high-low+1)
	}
	return tensor.Of(shape, list...)
}

func (m maker) bytes(shape []int64) *tensor.Tensor {
	count, err := tensor.Count(shape)
	if err != nil {
		panic(err)
	}
	list := make([]uint8, count)
	for i := range list {
		list[i] = uint8(m.IntN(256))
	}
	return tensor.Of(shape, list...)
}

func (m maker) flags(shape []int64) *tensor.Tensor {
	count, err := tensor.Count(shape)
	if err != nil {
		panic(err)
	}
	list := make([]bool, count)
	for i := range list {
		list[i] = m.IntN(2) == 0
	}
	return tensor.Of(shape, list...)
}

// any is a tensor of any of these types.
func (m maker) any(shape []int64) *tensor.Tensor {
	switch m.IntN(4) {
	case 0:
		return m.whole(shape, -9, 9)
	case 1:
		return m.bytes(shape)
	}
	return m.numbers(shape)
}

// spread is a shape that broadcasts to another one.
func (m maker) spread(shape []int64) []int64 {
	out := slices.Clone(shape[m.IntN(len(shape)+1):])
	for i := range out {
		if m.IntN(3) == 0 {
			out[i] = 1
		}
	}
	return out
}

func (m maker) axis(rank int) *graph.Attr {
	return graph.IntAttr("axis", int64(m.IntN(2*rank)-rank))
}

func (m maker) flag(name string) *graph.Attr { return graph.IntAttr(name, m.Int64N(2)) }

// opset is one of those.
func (m maker) opset(list ...int64) int64 { return list[m.IntN(len(list))] }

// pair is two operands that broadcast.
func (m maker) pair(make func([]int64) *tensor.Tensor) []*tensor.Tensor {
	shape := m.some()
	a, b := make(shape), make(m.spread(shape))
	for b.Type() != a.Type() {
		b = make(b.Shape())
	}
	return of(a, b)
}

// elementwise are operators on elements.
func elementwise() map[string]func(m maker) example {
	table := map[string]func(m maker) example{}
	for _, op := range []string{"Add", "Sub", "Mul", "Max", "Min"} {
		table[op] = func(m maker) example { return example{14, op, m.pair(m.any), nil, 0} }
	}
	for _, op := range []string{"And", "Or", "Xor"} {
		table[op] = func(m maker) example { return example{14, op, m.pair(m.flags), nil, 0} }
	}
	for _, op := range []string{"BitwiseAnd", "BitwiseOr", "BitwiseXor"} {
		table[op] = func(m maker) example { return example{18, op, m.pair(m.bytes), nil, 0} }
	}
	for _, op := range []string{"Equal", "Less", "LessOrEqual", "Greater", "GreaterOrEqual"} {
		table[op] = func(m maker) example { return example{18, op, m.pair(m.any), nil, 0} }
	}
	table["Div"] = func(m maker) example {
		x := m.some()
		if m.IntN(2) == 0 {
			return example{14, "Div", of(m.long(x, -9, 9), m.nonzero(m.spread(x))), nil, 0}
		}
		return example{14, "Div", of(m.numbers(x), m.floats(m.spread(x), 0.5, 4)), nil, 0}
	}
	table["Mod"] = func(m maker) example {
		x := m.some()
		if m.IntN(2) == 0 {
			return example{14, "Mod", of(m.long(x, -9, 9), m.nonzero(m.spread(x))), with(m.flag("fmod")), 0}
		}
		return example{14, "Mod", of(m.numbers(x), m.floats(m.spread(x), 0.5, 4)), with(graph.IntAttr("fmod", 1)), 0}
	}
	table["Pow"] = func(m maker) example {
		x := m.some()
		if m.IntN(2) == 0 {
			return example{14, "Pow", of(m.floats(x, 0.5, 4), m.long(m.spread(x), -3, 3)), nil, 0}
		}
		return example{14, "Pow", of(m.floats(x, 0.5, 4), m.numbers(m.spread(x))), nil, 0}
	}
	table["PRelu"] = func(m maker) example { return example{16, "PRelu", m.pair(m.numbers), nil, 0} }
	table["Sum"] = func(m maker) example { return example{13, "Sum", m.pair(m.numbers), nil, 0} }
	table["Mean"] = func(m maker) example { return example{13, "Mean", m.pair(m.numbers), nil, 0} }
	table["Not"] = func(m maker) example { return example{13, "Not", of(m.flags(m.some())), nil, 0} }
	table["BitwiseNot"] = func(m maker) example { return example{18, "BitwiseNot", of(m.bytes(m.some())), nil, 0} }
	table["IsNaN"] = func(m maker) example { return example{13, "IsNaN", of(m.numbers(m.some())), nil, 0} }
	table["IsInf"] = func(m maker) example {
		return example{13, "IsInf", of(m.numbers(m.some())), with(m.flag("detect_negative")), 0}
	}
	table["Where"] = func(m maker) example {
		x := m.some()
		return example{16, "Where", of(m.flags(m.spread(x)), m.numbers(x), m.numbers(m.spread(x))), nil, 0}
	}
	table["Clip"] = func(m maker) example {
		return example{13, "Clip", of(m.numbers(m.some()), m.floats(nil, -2, 0), m.floats(nil, 0, 2)), nil, 0}
	}
	table["Cast"] = func(m maker) example {
		return example{13, "Cast", of(m.any(m.some())), to([]tensor.Type{tensor.Float32, tensor.Float64, tensor.Int64, tensor.Int32, tensor.Int16, tensor.Bool}[m.IntN(6)]), 0}
	}
	return table
}

// functions are operators on one operand.
func functions() map[string]func(m maker) example {
	table := map[string]func(m maker) example{}
	of1 := func(op string, opset int64, low, high float64, attrs func(m maker) []*graph.Attr) {
		table[op] = func(m maker) example {
			x := example{opset, op, of(m.floats(m.some(), low, high)), nil, 0}
			if attrs != nil {
				x.attrs = attrs(m)
			}
			return x
		}
	}
	for _, op := range []string{"Neg", "Abs", "Relu", "Exp", "Sigmoid", "Tanh", "Softsign", "Softplus", "Sin", "Cos", "Tan", "Atan", "Sinh", "Cosh", "Asinh", "Erf", "Floor", "Ceil", "Round", "Sign"} {
		of1(op, 14, -4, 4, nil)
	}
	of1("HardSwish", 14, -5, 5, nil)
	of1("Mish", 18, -4, 4, nil)
	of1("Swish", 24, -4, 4, func(m maker) []*graph.Attr { return with(graph.FloatAttr("alpha", float32(m.IntN(4))/2)) })
	of1("Sqrt", 13, 0, 9, nil)
	of1("Log", 13, 0.5, 9, nil)
	of1("Reciprocal", 13, 0.5, 9, nil)
	of1("Acosh", 13, 1, 9, nil)
	of1("Atanh", 13, -0.9, 0.9, nil)
	of1("Asin", 13, -1, 1, nil)
	of1("Acos", 13, -1, 1, nil)
	alpha := func(m maker) []*graph.Attr { return with(graph.FloatAttr("alpha", float32(1+m.IntN(8))/4)) }
	for _, op := range []string{"Elu", "Celu", "LeakyRelu", "HardSigmoid", "ThresholdedRelu", "Selu"} {
		of1(op, 16, -4, 4, alpha)
	}
	of1("Shrink", 16, -4, 4, func(m maker) []*graph.Attr {
		return with(graph.FloatAttr("lambd", float32(m.IntN(4))/2), graph.FloatAttr("bias", float32(m.IntN(4))/4))
	})
	of1("Gelu", 20, -4, 4, func(m maker) []*graph.Attr {
		return with(graph.StringAttr("approximate", []string{"none", "tanh"}[m.IntN(2)]))
	})
	return table
}

// groups are operators on lines and groups of numbers.
func groups() map[string]func(m maker) example {
	table := map[string]func(m maker) example{}
	for _, op := range []string{"Softmax", "LogSoftmax", "Hardmax"} {
		table[op] = func(m maker) example {
			shape := m.some()
			return example{m.opset(11, 13), op, of(m.numbers(shape)), with(m.axis(len(shape))), 0}
		}
	}
	for _, op := range []string{"ReduceSum", "ReduceMean", "ReduceProd", "ReduceMax", "ReduceMin", "ReduceSumSquare", "ReduceL1", "ReduceL2", "ReduceLogSum", "ReduceLogSumExp"} {
		table[op] = func(m maker) example {
			shape := m.some()
			x := m.floats(shape, 0.5, 4)
			axis := m.Int64N(int64(len(shape)))
			if op == "ReduceSum" {
				return example{13, op, of(x, ints(axis)), with(m.flag("keepdims")), 0}
			}
			return example{11, op, of(x), with(graph.IntsAttr("axes", axis), m.flag("keepdims")), 0}
		}
	}
	for _, op := range []string{"ArgMax", "ArgMin"} {
		table[op] = func(m maker) example {
			shape := m.some()
			return example{13, op, of(m.any(shape)), with(m.axis(len(shape)), m.flag("keepdims"), m.flag("select_last_index")), 0}
		}
	}
	table["TopK"] = func(m maker) example {
		shape := m.some()
		axis := m.IntN(len(shape))
		return example{11, "TopK", of(m.numbers(shape), ints(1+m.Int64N(shape[axis]))), with(graph.IntAttr("axis", int64(axis)), m.flag("largest")), 2}
	}
	table["Unique"] = func(m maker) example {
		shape := m.some()
		x := example{11, "Unique", of(m.floats(shape, 0, 0.5)), with(m.flag("sorted")), 4}
		if m.IntN(2) == 0 {
			x.attrs = append(x.attrs, m.axis(len(shape)))
		}
		return x
	}
	for _, op := range []string{"CumSum", "CumProd"} {
		table[op] = func(m maker) example {
			shape := m.some()
			return example{26, op, of(m.numbers(shape), integer(m.Int64N(int64(len(shape))))), with(m.flag("exclusive"), m.flag("reverse")), 0}
		}
	}
	table["BatchNormalization"] = func(m maker) example {
		shape := m.shape(2 + m.IntN(3))
		c := shape[1:2]
		in := of(m.numbers(shape), m.numbers(c), m.numbers(c), m.numbers(c), m.floats(c, 0.25, 4))
		if m.IntN(2) == 0 {
			return example{15, "BatchNormalization", in, with(graph.IntAttr("training_mode", 1), graph.FloatAttr("momentum", 0.75)), 3}
		}
		return example{m.opset(9, 14, 15), "BatchNormalization", in, with(graph.FloatAttr("epsilon", 0.125)), 0}
	}
	table["InstanceNormalization"] = func(m maker) example {
		shape := m.shape(3 + m.IntN(2))
		return example{6, "InstanceNormalization", of(m.numbers(shape), m.numbers(shape[1:2]), m.numbers(shape[1:2])), nil, 0}
	}
	table["GroupNormalization"] = func(m maker) example {
		shape := m.shape(3 + m.IntN(2))
		shape[1] = 4
		return example{21, "GroupNormalization", of(m.numbers(shape), m.numbers(shape[1:2]), m.numbers(shape[1:2])), with(graph.IntAttr("num_groups", 1<<m.IntN(3))), 0}
	}
	table["LayerNormalization"] = func(m maker) example {
		shape := m.some()
		axis := m.IntN(len(shape))
		return example{17, "LayerNormalization", of(m.numbers(shape), m.numbers(shape[axis:]), m.numbers(shape[axis:])), with(graph.IntAttr("axis", int64(axis))), 0}
	}
	table["RMSNormalization"] = func(m maker) example {
		shape := m.some()
		axis := m.IntN(len(shape))
		return example{23, "RMSNormalization", of(m.numbers(shape), m.numbers(shape[axis:])), with(graph.IntAttr("axis", int64(axis))), 0}
	}
	table["LpNormalization"] = func(m maker) example {
		shape := m.some()
		return example{1, "LpNormalization", of(m.floats(shape, 0.5, 4)), with(m.axis(len(shape)), graph.IntAttr("p", 1+m.Int64N(2))), 0}
	}
	table["MeanVarianceNormalization"] = func(m maker) example {
		shape := m.shape(4)
		shape[0] = 3
		return example{13, "MeanVarianceNormalization", of(m.numbers(shape)), nil, 0}
	}
	table["LRN"] = func(m maker) example {
		shape := m.shape(3)
		return example{13, "LRN", of(m.numbers(shape)), with(graph.IntAttr("size", 1+m.Int64N(4)), graph.FloatAttr("alpha", 0.5)), 0}
	}
	return table
}

func ints2(rows, columns int64, v ...int64) *tensor.Tensor {
	return tensor.Of([]int64{rows, columns}, v...)
}

// TestRandom computes random examples of every operator, and compares with the reference, which reads nodes by itself.
// Most of them have to be computed.
func TestRandom(t *testing.T) {
	const each = 40
	total := 0
	for _, table := range randomTables() {
		for op, make := range table {
			t.Run(op, func(t *testing.T) {
				computed := 0
				for seed := range uint64(each) {
					x := make(maker{rand.New(rand.NewPCG(seed, 7))})
					if checkRandom(t, x) {
						computed++
					}
					if t.Failed() {
						t.Fatalf("seed %d: %s", seed, describe(x))
					}
				}
				if total += computed; computed < each/4 {
					t.Errorf("of %d examples %d are computed", each, computed)
				}
			})
		}
	}
	if total < 3000 && !t.Failed() {
		t.Errorf("only %d examples were computed", total)
	}
	t.Logf("%d examples were computed", total)
}

// checkRandom reports whether all results of an example are computed, and fails where one is another than that of
// the reference.
func checkRandom(t *testing.T, x example) bool {
	t.Helper()
	m, n := x.build()
	session, err := reference.OpenGraph(m)
	if err != nil {
		t.Fatal(err)
	}
	want, err := session.RunFloat64(context.Background(), nil)
	if err != nil {
		return false
	}
	all := true
	for i := range n.NumOutputs() {
		got, _, ok := evaluator(m).Result(n, i)
		if all = all && ok; ok {
			compare(t, got, want[n.Output(i).Name()])
		}
	}
	return all
}

func describe(x example) string {
	text := fmt.Sprintf("%s in opset %d", x.op, x.opset)
	for _, t := range x.in {
		if t != nil {
			text += fmt.Sprintf(" %s%v%v", t.Type(), t.Shape(), t.Float64s())
		}
	}
	for _, a := range x.attrs {
		text += fmt.Sprintf(" %s=%d%v%s%v", a.Name, a.Int, a.Float, a.String, a.Ints)
	}
	return text
}
