package eval_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/eval"
	"github.com/acdeploy/acdeploy/internal/shapes"
	"github.com/acdeploy/acdeploy/tensor"
)

// term is a step of a random expression: an operator on earlier values, which all have one shape.
type term struct {
	op    string
	in    []int
	stays []float64 // the numbers of a constant
}

const rows, columns = 2, 3

// randomTerms are constants and what is made of them. Most constants are tenths, so that exact results lie where operators jump. Half
// of the expressions start with small numbers of which little is known: a large one was added and taken away.
func randomTerms(r *rand.Rand) []term {
	var terms []term
	for k := range 3 {
		c := make([]float64, rows*columns)
		for i := range c {
			if c[i] = float64(r.IntN(41)-20) / 10; k == 2 {
				c[i] = float64(1+r.IntN(50)) / 1000
			}
		}
		terms = append(terms, term{stays: c})
	}
	if r.IntN(2) == 0 {
		terms = append(terms, term{op: "Add", in: []int{2, 0}}, term{op: "Sub", in: []int{3, 0}})
	}
	for range 1 + r.IntN(5) {
		op := []string{
			"Add", "Sub", "Mul", "Div", "Max", "Min", "Sum", "Mean", "Abs", "Neg", "Relu", "Sqrt", "Reciprocal", "ReduceSum", "ReduceMean", "Transposed",
		}[r.IntN(16)]
		count := map[string]int{"Sum": 3, "Mean": 3, "Add": 2, "Sub": 2, "Mul": 2, "Div": 2, "Max": 2, "Min": 2}[op]
		t := term{op: op}
		for range max(count, 1) {
			t.in = append(t.in, len(terms)-1-r.IntN(min(len(terms), 4)))
		}
		terms = append(terms, t)
	}
	return terms
}

// run computes the terms as some runtime does: each operation rounded to the type, and sums in any order.
func run(r *rand.Rand, terms []term, round func(float64) float64) []float64 {
	values := make([][]float64, len(terms))
	sum := func(list []float64) float64 {
		list = slices.Clone(list)
		r.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
		for len(list) > 1 { // in some order, with some bracketing
			at := r.IntN(len(list) - 1)
			list = slices.Replace(list, at, at+2, round(list[at]+list[at+1]))
		}
		return list[0]
	}
	for k, t := range terms {
		out := make([]float64, rows*columns)
		for i := range out {
			if t.op == "" {
				out[i] = round(t.stays[i])
				continue
			}
			x := values[t.in[0]]
			var each []float64
			for _, j := range t.in {
				each = append(each, values[j][i])
			}
			row := x[i/columns*columns : i/columns*columns+columns]
			switch t.op {
			case "Add", "Sum":
				out[i] = sum(each)
			case "Sub":
				out[i] = round(each[0] - each[1])
			case "Mul":
				out[i] = round(each[0] * each[1])
			case "Div":
				out[i] = round(each[0] / each[1])
			case "Max":
				out[i] = max(each[0], each[1])
			case "Min":
				out[i] = min(each[0], each[1])
			case "Mean":
				out[i] = round(sum(each) / 3)
			case "Abs":
				out[i] = math.Abs(x[i])
			case "Neg":
				out[i] = -x[i]
			case "Relu":
				out[i] = max(x[i], 0)
			case "Sqrt":
				out[i] = round(math.Sqrt(x[i]))
			case "Reciprocal":
				out[i] = round(1 / x[i])
			case "ReduceSum":
				out[i] = sum(row)
			case "ReduceMean":
				out[i] = round(sum(row) / columns)
			case "Transposed":
				out[i] = x[i%rows*columns+i/rows]
			}
		}
		values[k] = out
	}
	return values[len(terms)-1]
}

// fold computes the terms by the evaluator, node by node, as the pass does; nil where one is not computed.
func fold(terms []term, typ tensor.Type) (*eval.Evaluator, *graph.Graph, *graph.Value) {
	m := graph.NewModel(8, graph.Opset{Version: 18})
	g := m.Graph
	e := &eval.Evaluator{MaxBytes: 1 << 16, Steps: 1 << 16}
	add := func(op string, in []*graph.Value, attrs ...*graph.Attr) *graph.Value {
		n, v := graph.NewNode(op, in...), g.NewValue("v")
		for _, a := range attrs {
			n.SetAttr(a)
		}
		if err := n.AddOutput(v); err != nil {
			panic(err)
		}
		g.Append(n)
		e.Known = shapes.Of(g)
		t, _, ok := e.Result(n, 0)
		if !ok {
			return nil
		}
		return g.NewInitializer("c", t)
	}
	values := make([]*graph.Value, len(terms))
	for k, t := range terms {
		if t.op == "" {
			stored, _ := tensor.Compute(typ, []int64{rows, columns}, tensor.Vector(t.stays)).Rounded()
			values[k] = g.NewInitializer("c", stored)
			continue
		}
		var in []*graph.Value
		for _, j := range t.in {
			if values[j] == nil {
				return nil, nil, nil
			}
			in = append(in, values[j])
		}
		switch t.op {
		case "ReduceSum", "ReduceMean":
			v := add(t.op, append(in, g.NewInitializer("axes", ints(1))))
			if v == nil {
				return nil, nil, nil
			}
			values[k] = add("Expand", []*graph.Value{v, g.NewInitializer("shape", ints(rows, columns))})
		case "Transposed":
			v := add("Transpose", in)
			if v == nil {
				return nil, nil, nil
			}
			values[k] = add("Reshape", []*graph.Value{v, g.NewInitializer("shape", ints(rows, columns))})
		default:
			values[k] = add(t.op, in)
		}
	}
	return e, g, values[len(values)-1]
}

// jumping are operators that jump, on the last value and perhaps on numbers to compare it with.
func jumping(x, y *tensor.Tensor) map[string]example {
	table := map[string]example{
		"Cast to integers": {18, "Cast", of(x), to(tensor.Int32), 0}, "Cast to bool": {18, "Cast", of(x), to(tensor.Bool), 0},
		"TopK": {18, "TopK", of(x, ints(2)), nil, 2}, "Unique": {18, "Unique", of(x), nil, 3},
	}
	for _, op := range []string{"Floor", "Ceil", "Round", "Sign", "ArgMax", "ArgMin", "Hardmax", "NonZero"} {
		table[op] = example{18, op, of(x), nil, 0}
	}
	for _, op := range []string{"Less", "LessOrEqual", "Greater", "GreaterOrEqual", "Equal"} {
		table[op] = example{18, op, of(x, y), nil, 0}
	}
	return table
}

// resultOf computes the result that is asked for, the last one, with what an evaluator knows already; nil for none.
func resultOf(e *eval.Evaluator, x example) []float64 {
	m, n := x.build()
	e.Known = shapes.Of(m.Graph)
	t, _, ok := e.Result(n, n.NumOutputs()-1)
	if !ok || t.Computed() {
		return nil
	}
	return t.Float64s()
}

// TestBounds: no runtime's number is further from the computed one than the bound says, in expressions that cancel, too.
func TestBounds(t *testing.T) {
	for typ, round := range types() {
		checked := 0
		for seed := range uint64(4000) {
			r := rand.New(rand.NewPCG(seed, 43))
			terms := randomTerms(r)
			e, _, v := fold(terms, typ)
			if v == nil || math.IsInf(e.ErrorOf(v.Constant()), 0) {
				continue
			}
			bound, want := e.ErrorOf(v.Constant()), v.Constant().Float64s()
			for range 6 {
				for i, got := range run(r, terms, round) {
					if checked++; !(math.Abs(got-want[i]) <= bound) {
						t.Fatalf("%s, seed %d: %v is computed, %v by a runtime: %g apart, not up to %g", typ, seed, want[i], got, got-want[i], bound)
					}
				}
			}
		}
		if checked < 50_000 {
			t.Errorf("%s: only %d numbers have a bound", typ, checked)
		}
	}
}

// TestHowErrorsSpread has the bounds of results by hand: x is known up to 0.01, y up to 0.02.
func TestHowErrorsSpread(t *testing.T) {
	computed := func(v ...float64) *tensor.Tensor {
		return tensor.Compute(tensor.Float32, []int64{int64(len(v))}, tensor.Vector(v))
	}
	x, y := computed(1.5, -3, 2), computed(4, 0.5, -2)
	for name, c := range map[string]struct {
		example
		want float64
	}{
		"Add":          {example{18, "Add", of(x, y), nil, 0}, 0.03},
		"Sub":          {example{18, "Sub", of(x, y), nil, 0}, 0.03},
		"three":        {example{18, "Sum", of(x, y, x), nil, 0}, 0.04},
		"Mul":          {example{18, "Mul", of(x, y), nil, 0}, 3*0.02 + 4*0.01 + 0.01*0.02},
		"Div":          {example{18, "Div", of(x, y), nil, 0}, (0.01 + 6*0.02) / (0.5 - 0.02)},
		"Reciprocal":   {example{18, "Reciprocal", of(y), nil, 0}, 2 * 0.02 / (0.5 - 0.02)},
		"Sqrt":         {example{18, "Sqrt", of(computed(4, 0.25)), nil, 0}, 0.01 / 0.5},
		"Max":          {example{18, "Max", of(x, y), nil, 0}, 0.02},
		"Neg":          {example{18, "Neg", of(x), nil, 0}, 0.01},
		"Concat":       {example{18, "Concat", of(x, y), with(graph.IntAttr("axis", 0)), 0}, 0.02},
		"ReduceSum":    {example{18, "ReduceSum", of(x), nil, 0}, 0.03},
		"ReduceMean":   {example{18, "ReduceMean", of(x), nil, 0}, 0.01},
		"Exp":          {example{18, "Exp", of(x), nil, 0}, math.Inf(1)},
		"MatMul":       {example{18, "MatMul", of(x, y), nil, 0}, math.Inf(1)},
		"wide":         {example{18, "Cast", of(x), to(tensor.Float64), 0}, 0.01},
		"near zero":    {example{18, "Div", of(x, computed(1, 0.015, 1)), nil, 0}, math.Inf(1)},
		"root of zero": {example{18, "Sqrt", of(computed(1, 0.005)), nil, 0}, math.Inf(1)},
	} {
		t.Run(name, func(t *testing.T) {
			m, n := c.build()
			e := evaluator(m)
			for _, in := range c.in {
				e.SetError(in, 0.01)
			}
			e.SetError(y, 0.02)
			if name == "near zero" {
				e.SetError(c.in[1], 0.02)
			}
			got, _, ok := e.Result(n, 0)
			if !ok {
				t.Fatal("it is not computed")
			}
			if bound := e.ErrorOf(got); bound < c.want || bound > c.want*1.0001+1e-5 {
				t.Errorf("the bound is %v, not %v", bound, c.want)
			}
		})
	}
}

// TestAroundJumps: a number that is known up to 0.01 lies on one side of where an operator jumps, or it is not computed.
func TestAroundJumps(t *testing.T) {
	for name, c := range map[string]struct {
		op   string
		to   tensor.Type
		x    float64
		want bool
	}{
		"above":               {"Floor", 0, 1.011, true},
		"a little above":      {"Floor", 0, 1.009, false},
		"a little below":      {"Floor", 0, 0.991, false},
		"below":               {"Floor", 0, 0.989, true},
		"near a half":         {"Round", 0, 2.509, false},
		"near zero":           {"Sign", 0, -0.009, false},
		"negative":            {"Sign", 0, -0.011, true},
		"truncated":           {"Cast", tensor.Int32, -0.5, true},
		"nearly truncated":    {"Cast", tensor.Int32, -0.995, false},
		"true":                {"Cast", tensor.Bool, -0.011, true},
		"narrow":              {"Cast", tensor.BFloat16, 257.5, false},
		"perhaps true":        {"Cast", tensor.Bool, 0.005, false},
		"what it cuts":        {"ThresholdedRelu", 0, -0x1p-7, false}, // it is 0 at both ends, and not between them
		"what it cuts around": {"Shrink", 0, 7, false},
	} {
		t.Run(name, func(t *testing.T) {
			x := tensor.Compute(tensor.Float32, []int64{1}, tensor.Vector{c.x})
			one := example{18, c.op, of(x), nil, 0}
			if c.to != 0 {
				one.attrs = to(c.to)
			}
			if c.op == "ThresholdedRelu" {
				one.attrs = with(graph.FloatAttr("alpha", -0.015))
			}
			m, n := one.build()
			e := evaluator(m)
			if e.SetError(x, 0.01); c.op == "ThresholdedRelu" {
				e.SetError(x, 0x1p-7)
			}
			got, _, ok := e.Result(n, 0)
			if ok != c.want || ok && got.Computed() {
				t.Errorf("it is computed: %v, %v", ok, got)
			}
		})
	}
}

// TestBoundsOfLimits: a runtime rounds integers and the bounds of a Clip to the type, reads subnormal numbers as zero perhaps, and may
// overflow on the way. What jumps behind it is not computed.
func TestBoundsOfLimits(t *testing.T) {
	half := func(v ...float64) *tensor.Tensor {
		stored, _ := tensor.Compute(tensor.Float16, []int64{int64(len(v))}, tensor.Vector(v)).Rounded()
		return stored
	}
	for name, c := range map[string]struct {
		example
		apart float64 // how far a runtime may be from it
		jump  func(x *tensor.Tensor) example
	}{
		"integers that round to equal ones": {
			example{18, "Cast", of(ints(2048, 2049)), to(tensor.Float16), 0},
			1,
			func(x *tensor.Tensor) example { return example{18, "ArgMax", of(x), nil, 0} },
		},
		"a bound of a Clip": {
			example{10, "Clip", of(half(1)), with(graph.FloatAttr("min", 99.99), graph.FloatAttr("max", 1000)), 0},
			0.01,
			func(x *tensor.Tensor) example { return example{10, "Floor", of(x), nil, 0} },
		},
		"a sum that overflows in another order": {
			example{18, "ReduceSum", of(half(60000, -60000, 60000, -60000, 0x1p-20), ints(0)), nil, 0},
			math.Inf(1),
			func(x *tensor.Tensor) example { return example{18, "Less", of(x, half(5000)), nil, 0} },
		},
		"a subnormal number": {
			example{18, "Mul", of(floats(1e-40), floats(1.1e38)), nil, 0},
			0.0109,
			func(x *tensor.Tensor) example { return example{18, "Greater", of(x, floats(1e-3)), nil, 0} },
		},
		"a quotient of a subnormal number": {
			example{18, "Div", of(floats(1e-40), floats(3e-38)), nil, 0},
			0.0033,
			func(x *tensor.Tensor) example { return example{18, "Greater", of(x, floats(1e-3)), nil, 0} },
		},
	} {
		t.Run(name, func(t *testing.T) {
			m, n := c.build()
			e := evaluator(m)
			x, _, ok := e.Result(n, 0)
			if !ok || !x.Computed() {
				t.Fatalf("it is computed: %v, %v", ok, x)
			}
			if bound := e.ErrorOf(x); bound < c.apart {
				t.Errorf("the bound is %v, less than %v", bound, c.apart)
			}
			if got := resultOf(e, c.jump(x)); got != nil {
				t.Errorf("what jumps is computed: %v", got)
			}
		})
	}
}

// types are those of a runtime, and how they round.
func types() map[tensor.Type]func(float64) float64 {
	return map[tensor.Type]func(float64) float64{
		tensor.Float32: func(v float64) float64 { return float64(float32(v)) },
		tensor.Float16: func(v float64) float64 { return tensor.Float16ToFloat64(tensor.Float64ToFloat16(v)) },
		tensor.Float64: func(v float64) float64 { return v },
		tensor.BFloat16: func(v float64) float64 {
			return float64(math.Float32frombits(uint32(tensor.Float64ToBFloat16(v)) << 16))
		},
	}
}

// TestMargins: what jumps is computed only where no runtime gets another result, in any order of its sums. Runtimes that get other
// results than each other are among those that are tried.
func TestMargins(t *testing.T) {
	var computed, uncertain, kept int // results: computed of what is computed; not computed, and different between runtimes; or the same
	for typ, round := range types() {
		for seed := range uint64(600) {
			r := rand.New(rand.NewPCG(seed, 41))
			terms := randomTerms(r)
			e, _, v := fold(terms, typ)
			if v == nil || !v.Constant().Computed() {
				continue
			}
			const runs = 6
			var seen []*tensor.Tensor
			for range runs {
				values := run(r, terms, round)
				stored, ok := tensor.Compute(typ, []int64{rows, columns}, tensor.Vector(values)).Rounded()
				if !ok {
					break
				}
				seen = append(seen, stored)
			}
			if len(seen) < runs {
				continue
			}
			with, _ := tensor.Compute(typ, []int64{rows, columns}, tensor.Vector(terms[0].stays)).Rounded()
			for name, x := range jumping(v.Constant(), with) {
				got := resultOf(e, x)
				var want []float64
				differ := false
				for i, stored := range seen {
					w := resultOf(&eval.Evaluator{MaxBytes: 1 << 16, Steps: 1 << 16}, jumping(stored, with)[name])
					if i > 0 && !slices.Equal(w, want) {
						differ = true
					}
					want = w
					if got != nil && !slices.Equal(got, w) {
						t.Fatalf("%s, seed %d: %s of %v is %v; a runtime computes %v and then %v", typ, seed, name, v.Constant().Float64s(), got, stored.Float64s(), w)
					}
				}
				switch {
				case got != nil:
					computed++
				case differ:
					uncertain++
				default:
					kept++
				}
			}
		}
	}
	t.Logf("%d results are computed; %d stay of which runtimes get several; %d others stay", computed, uncertain, kept)
	if computed < 8000 || uncertain < 100 || kept > computed {
		t.Errorf("%d results are computed; %d stay of which runtimes get several; %d others stay", computed, uncertain, kept)
	}
}
