package eval_test

import (
	"slices"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/tensor"
)

// TestRoundingSensitive: it matters where the number is compared or narrowed, and where the rounded one becomes
// the identity element of a sum or product.
func TestRoundingSensitive(t *testing.T) {
	computed := func(v float64) *tensor.Tensor { return tensor.Compute(tensor.Float32, []int64{1}, tensor.Vector{v}) }
	almost := 1 + 1e-12
	for name, c := range map[string]struct {
		op    string
		to    tensor.Type
		value *tensor.Tensor
		want  bool
	}{
		"a product with almost 1":         {"Mul", 0, computed(almost), true},
		"a product with a third":          {"Mul", 0, computed(1.0 / 3), false},
		"a product with 1":                {"Mul", 0, computed(1), false},
		"a product with a stored 1":       {"Mul", 0, tensor.Of([]int64{1}, float32(1)), false},
		"a comparison with a third":       {"Less", 0, computed(1.0 / 3), true},
		"a comparison with a half":        {"Less", 0, computed(0.5), true},
		"a comparison with a stored half": {"Less", 0, tensor.Of([]int64{1}, float32(0.5)), false},
		"a rounding":                      {"Floor", 0, computed(2), true},
		"a maximum":                       {"Max", 0, computed(almost), false},
		"a narrow cast":                   {"Cast", tensor.Float16, computed(1.0 / 3), true},
		"a wide cast":                     {"Cast", tensor.Float64, computed(1.0 / 3), false},
		"what does not fit":               {"Mul", 0, computed(1e300), false},
	} {
		t.Run(name, func(t *testing.T) {
			m := graph.NewModel(8, graph.Opset{Version: 13})
			x, err := m.Graph.AddInput("x", graph.Type{Elem: tensor.Float32})
			if err != nil {
				t.Fatal(err)
			}
			v := m.Graph.NewValue("v")
			for _, n := range []*graph.Node{graph.NewNode("Custom"), graph.NewNode(c.op, v, x)} {
				out := v
				if n.NumInputs() > 0 {
					out = m.Graph.NewValue("out")
				}
				if err := n.AddOutput(out); err != nil {
					t.Fatal(err)
				}
				if c.to != 0 {
					n.SetInput(1, nil)
					n.SetAttr(graph.IntAttr("to", int64(c.to)))
				}
				m.Graph.AddOutput(out)
				m.Graph.Append(n)
			}
			if got := evaluator(m).RoundingSensitive(v, c.value); got != c.want {
				t.Errorf("got %v", got)
			}
		})
	}
}

// TestJumpsFarAway: what is made of a constant and jumps decides, also behind nodes that are computed, and behind one that is not.
func TestJumpsFarAway(t *testing.T) {
	for name, c := range map[string]struct {
		ops  []string
		v    float64
		want bool
	}{
		"far from a jump":              {[]string{"Neg", "Abs", "Floor"}, 1.25, false},
		"at a jump":                    {[]string{"Neg", "Abs", "Floor"}, 2, true},
		"behind an operator of nobody": {[]string{"Neg", "Custom", "Abs", "Floor"}, 1.25, true},
		"behind what is approximated":  {[]string{"Exp", "Floor"}, 1.25, true},
		"no jump":                      {[]string{"Neg", "Custom", "Abs"}, 2, false},
	} {
		t.Run(name, func(t *testing.T) {
			x := tensor.Compute(tensor.Float32, []int64{1}, tensor.Vector{c.v})
			m, first := example{13, c.ops[0], of(x), nil, 0}.build()
			v := first.Output(0)
			for _, op := range c.ops[1:] {
				n := graph.NewNode(op, v)
				v = m.Graph.NewValue(op)
				if err := n.AddOutput(v); err != nil {
					t.Fatal(err)
				}
				m.Graph.Append(n)
			}
			m.Graph.SetOutputs(v)
			e := evaluator(m)
			e.SetError(x, 0.01)
			if got := e.RoundingSensitive(first.Input(0), x); got != c.want {
				t.Errorf("got %v", got)
			}
		})
	}
}

// TestManyConsumers: a jump counts behind many nodes and beside many, and where nobody looks that far.
func TestManyConsumers(t *testing.T) {
	for name, c := range map[string]struct {
		behind, beside int
		last           string
		want           bool
	}{
		"behind many":          {100, 0, "Floor", true},
		"beside many":          {0, 1000, "Floor", true},
		"no jump behind many":  {100, 0, "Abs", false},
		"no jump beside many":  {0, 1000, "Abs", false},
		"further than is seen": {1000, 0, "Abs", true},
	} {
		t.Run(name, func(t *testing.T) {
			x := tensor.Compute(tensor.Float32, []int64{1}, tensor.Vector{1.25})
			m, first := example{13, "Neg", of(x), nil, 0}.build()
			put := func(op string, in ...*graph.Value) *graph.Value {
				n := graph.NewNode(op, in...)
				v := m.Graph.NewValue(op)
				if err := n.AddOutput(v); err != nil {
					t.Fatal(err)
				}
				m.Graph.Append(n)
				return v
			}
			data, err := m.Graph.AddInput("data", graph.Type{Elem: tensor.Float32})
			if err != nil {
				t.Fatal(err)
			}
			for range c.beside {
				put("Max", first.Input(0), data)
			}
			v := first.Output(0)
			for range c.behind {
				v = put("Neg", v)
			}
			m.Graph.SetOutputs(put(c.last, v))
			e := evaluator(m)
			e.SetError(x, 0.3)
			if got := e.RoundingSensitive(first.Input(0), x); got != c.want {
				t.Errorf("got %v", got)
			}
		})
	}
}

// TestQuantizedConstants: a constant is stored in front of what quantises it, and is not quantised.
func TestQuantizedConstants(t *testing.T) {
	x := tensor.Compute(tensor.Float32, []int64{1}, tensor.Vector{1.25})
	for op, rest := range map[string][]*tensor.Tensor{"QuantizeLinear": {scalar(0.5)}, "DynamicQuantizeLinear": nil} {
		m, n := example{13, op, append(of(x), rest...), nil, 0}.build()
		e := evaluator(m)
		if e.RoundingSensitive(n.Input(0), x) {
			t.Errorf("%s keeps a constant from being stored", op)
		}
		if got, _, ok := e.Result(n, 0); ok {
			t.Errorf("%s is computed: %v", op, got.Float64s())
		}
	}
}

// TestJumpsWait: an operator that is not computed of a computed constant keeps that constant from being stored, so that whoever
// reads the file finds no more to do.
func TestJumpsWait(t *testing.T) {
	computed := tensor.Compute(tensor.Float32, []int64{2}, tensor.Vector{1.25, 2})
	stored, _ := computed.Rounded()
	for op, in := range map[string][]*tensor.Tensor{
		"Floor": nil, "Ceil": nil, "Round": nil, "Sign": nil, "ThresholdedRelu": nil, "Shrink": nil, "ArgMax": nil, "ArgMin": nil,
		"Hardmax": nil, "Unique": nil, "NonZero": nil, "BitCast": nil, "Equal": {stored}, "Less": {stored}, "LessOrEqual": {stored},
		"Greater": {stored}, "GreaterOrEqual": {stored}, "TopK": {ints(1)}, "Mod": {stored}, "Cast": nil,
		"IsNaN": nil, "IsInf": nil, "OneHot": {integer(3), floats(0, 1)},
	} {
		t.Run(op, func(t *testing.T) {
			computed, stored := computed, stored
			if op == "OneHot" {
				stored = floats(1, 2)
				computed = tensor.Compute(tensor.Float32, []int64{2}, tensor.Vector{1, 2})
			}
			x := example{26, op, append(of(computed), in...), nil, 0}
			switch op {
			case "Cast", "BitCast":
				x.attrs = to(tensor.Int32)
			case "Mod":
				x.attrs = with(graph.IntAttr("fmod", 1))
			}
			m, n := x.build()
			if _, _, ok := evaluator(m).Result(n, 0); ok {
				t.Error("it is computed")
			}
			if !evaluator(m).RoundingSensitive(n.Input(0), computed) {
				t.Error("what it works on is stored")
			}
			x.in[0] = stored
			m, n = x.build()
			if _, _, ok := evaluator(m).Result(n, 0); !ok {
				t.Error("it is not computed of what is stored")
			}
		})
	}
}

// TestPlacesWait: places in an image, boxes and scores that are computed are not stored where a result jumps with them, or where the node
// would be computed of those in the file.
func TestPlacesWait(t *testing.T) {
	image, grid, boxes := numbers(1, 1, 3, 3), numbers(1, 2, 2, 2), numbers(1, 4)
	mode := func(m string) []*graph.Attr { return with(graph.StringAttr("mode", m)) }
	for name, c := range map[string]struct {
		example
		at   int  // the operand that is computed
		data bool // the first operand is no constant
		want bool
	}{
		"nearest places":           {example{20, "GridSample", of(image, grid), mode("nearest"), 0}, 1, true, true},
		"places between":           {example{20, "GridSample", of(image, grid), mode("linear"), 0}, 1, true, false},
		"places in a constant":     {example{20, "GridSample", of(image, grid), mode("linear"), 0}, 1, false, false},
		"an image":                 {example{20, "GridSample", of(image, grid), mode("nearest"), 0}, 0, false, false},
		"regions":                  {example{16, "RoiAlign", of(image, boxes, ints(0)), nil, 0}, 1, true, true},
		"regions of some samples":  {example{16, "RoiAlign", of(image, boxes, ints(0)), with(graph.IntAttr("sampling_ratio", 2)), 0}, 1, true, false},
		"regions in a constant":    {example{16, "RoiAlign", of(image, boxes, ints(0)), with(graph.IntAttr("sampling_ratio", 2)), 0}, 1, false, true},
		"boxes":                    {example{11, "NonMaxSuppression", of(numbers(1, 2, 4), numbers(1, 1, 2), integer(1)), nil, 0}, 0, false, true},
		"scores":                   {example{11, "NonMaxSuppression", of(numbers(1, 2, 4), numbers(1, 1, 2), integer(1)), nil, 0}, 1, false, true},
		"one of two, and its like": {example{11, "OneHot", of(ints(1), integer(2), floats(0, 1)), nil, 0}, 2, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			x := c.in[c.at]
			computed := tensor.Compute(tensor.Float32, x.Shape(), tensor.Vector(x.Float64s()))
			c.in = slices.Clone(c.in)
			c.in[c.at] = computed
			m, n := c.build()
			if c.data {
				v, err := m.Graph.AddInput("data", graph.Type{Elem: tensor.Float32})
				if err != nil {
					t.Fatal(err)
				}
				n.SetInput(0, v)
			}
			if got := evaluator(m).RoundingSensitive(n.Input(c.at), computed); got != c.want {
				t.Errorf("got %v", got)
			}
		})
	}
}
