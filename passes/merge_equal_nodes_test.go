package passes_test

import (
	"maps"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/onnx"
	"github.com/acdeploy/acdeploy/passes"
	"github.com/acdeploy/acdeploy/passes/passtest"
	"github.com/acdeploy/acdeploy/pipeline"
	"github.com/acdeploy/acdeploy/tensor"
)

func merging() []pipeline.Step {
	return []pipeline.Step{{Name: "merge_equal_nodes", Pass: &passes.MergeEqualNodes{}}}
}

// allOps counts the nodes of the graph and its sub-graphs.
func allOps(m *graph.Model) map[string]int {
	count := map[string]int{}
	for g := range m.Graph.All() {
		for n := range g.Nodes() {
			count[n.OpType]++
		}
	}
	return count
}

// sharedCase reads a model of the cases.
func sharedCase(tb testing.TB, name string) *graph.Model {
	tb.Helper()
	raw, err := os.ReadFile(filepath.Join("..", "..", "shared", "cases", name+".onnx"))
	if err != nil {
		tb.Skip("the cases are not here: ", err)
	}
	m, err := onnx.Decode(raw, nil)
	if err != nil {
		tb.Fatal(err)
	}
	return m
}

// TestDuplicateRelu is a NAS cell, each branch of which has a Relu of its own.
func TestDuplicateRelu(t *testing.T) {
	m := sharedCase(t, "dup_relu")
	if _, err := pipeline.Run(t.Context(), m.Graph, defaults(), pipeline.Options{}); err != nil {
		t.Fatal(err)
	}
	if got, want := ops(m), map[string]int{"Conv": 1, "Relu": 1}; !maps.Equal(got, want) {
		t.Errorf("left are %v, want %v", got, want)
	}
}

// TestBranchesMeet fuses branches each of which has nodes of its own in front of its convolution.
func TestBranchesMeet(t *testing.T) {
	type values = []*graph.Value
	for name, c := range map[string]struct {
		own  func(b *builder, x *graph.Value) *graph.Value
		want map[string]int
	}{
		"Relu": {func(b *builder, x *graph.Value) *graph.Value { return b.node("Relu", values{x}) }, map[string]int{"Relu": 1, "Conv": 1}},
		"Clip": {func(b *builder, x *graph.Value) *graph.Value {
			return b.node("Clip", values{x, b.scalar(0), b.scalar(6)})
		}, map[string]int{"Clip": 1, "Conv": 1}},
		"Pad": {func(b *builder, x *graph.Value) *graph.Value {
			return b.node("Pad", values{x, b.ints(0, 0, 1, 2, 0, 0, 1, 0)}, graph.StringAttr("mode", "reflect"))
		}, map[string]int{"Pad": 1, "Conv": 1}},
		"Transpose": {func(b *builder, x *graph.Value) *graph.Value { return b.transpose(x, 0, 1, 3, 2) }, map[string]int{"Transpose": 1, "Conv": 1}},
		"Reshape":   {func(b *builder, x *graph.Value) *graph.Value { return b.reshape(x, 0, 4, 6, 5) }, map[string]int{"Reshape": 1, "Conv": 1}},
		"Relu_and_Pad": {func(b *builder, x *graph.Value) *graph.Value {
			return b.node("Pad", values{b.node("Relu", values{x}), b.ints(0, 0, 1, 1, 0, 0, 1, 1)}, graph.StringAttr("mode", "edge"))
		}, map[string]int{"Relu": 1, "Pad": 1, "Conv": 1}},
	} {
		t.Run(name, func(t *testing.T) {
			build := func() *graph.Model {
				b := newBuilder(3)
				x := b.input("x", 2, 4, 5, 6)
				square := b.bn(b.conv(c.own(b, x), convShape{in: 4, out: 4, kernel: []int64{3, 3}, pads: []int64{1, 1, 1, 1}}), 4)
				line := b.bn(b.conv(c.own(b, x), convShape{in: 4, out: 4, kernel: []int64{1, 3}, pads: []int64{0, 1, 0, 1}}), 4)
				return b.output(b.add(b.add(square, line), b.bn(c.own(b, x), 4)))
			}
			after, _ := passtest.Run(t, build, defaults(), [][]int64{{2, 4, 5, 6}})
			if got := ops(after); !maps.Equal(got, c.want) {
				t.Errorf("left are %v, want %v", got, c.want)
			}
		})
	}
}

// TestEqualNodesStayForFolds keeps two of what two batch normalisations or two sums want one each of.
func TestEqualNodesStayForFolds(t *testing.T) {
	point := convShape{in: 4, out: 4, kernel: []int64{1, 1}}
	for name, c := range map[string]struct {
		block func(b *builder, x *graph.Value) *graph.Value
		want  map[string]int
	}{
		"a convolution with two batch normalisations": {func(b *builder, x *graph.Value) *graph.Value {
			y := b.conv(x, point)
			z := b.node("Conv", []*graph.Value{x, y.Producer().Input(1)}, graph.IntsAttr("kernel_shape", 1, 1), graph.IntAttr("group", 1))
			return b.node("Max", []*graph.Value{b.bn(y, 4), b.bn(z, 4)})
		}, map[string]int{"Conv": 2, "Max": 1}},
		"a product in front of two convolutions": {func(b *builder, x *graph.Value) *graph.Value {
			scale := b.constant(4, 1, 1)
			y := b.conv(b.mul(x, scale), point)
			return b.node("Max", []*graph.Value{y, b.conv(b.mul(x, scale), point)})
		}, map[string]int{"Conv": 2, "Max": 1}},
		"an addend of two sums": {func(b *builder, x *graph.Value) *graph.Value {
			y := b.conv(x, point)
			z := b.node("Conv", []*graph.Value{x, y.Producer().Input(1)}, graph.IntsAttr("kernel_shape", 1, 1), graph.IntAttr("group", 1))
			return b.node("Max", []*graph.Value{b.add(y, b.conv(x, point)), b.add(z, b.conv(x, point))})
		}, map[string]int{"Conv": 2, "Max": 1}},
		"a convolution that nobody folds": {func(b *builder, x *graph.Value) *graph.Value {
			y := b.conv(x, point)
			z := b.node("Conv", []*graph.Value{x, y.Producer().Input(1)}, graph.IntsAttr("kernel_shape", 1, 1), graph.IntAttr("group", 1))
			return b.node("Max", []*graph.Value{b.node("Relu", []*graph.Value{y}), b.node("Tanh", []*graph.Value{z})})
		}, map[string]int{"Conv": 1, "Relu": 1, "Tanh": 1, "Max": 1}},
	} {
		t.Run(name, func(t *testing.T) {
			build := func() *graph.Model {
				b := newBuilder(3)
				return b.output(c.block(b, b.input("x", 2, 4, 5, 6)))
			}
			after, _ := passtest.Run(t, build, defaults(), [][]int64{{2, 4, 5, 6}})
			if got := ops(after); !maps.Equal(got, c.want) {
				t.Errorf("left are %v, want %v", got, c.want)
			}
		})
	}
}

// TestWhichNodesAreEqual counts what is left of two nodes whose results go on.
func TestWhichNodesAreEqual(t *testing.T) {
	type values = []*graph.Value
	unary := func(op string, attrs ...*graph.Attr) func(b *builder, x *graph.Value) *graph.Value {
		return func(b *builder, x *graph.Value) *graph.Value { return b.node(op, values{x}, attrs...) }
	}
	dropout := func(mode bool) func(b *builder, x *graph.Value) *graph.Value {
		return func(b *builder, x *graph.Value) *graph.Value {
			return b.node("Dropout", values{x, b.scalar(0.5), b.g.NewInitializer("mode", tensor.Of(nil, mode))})
		}
	}
	clip := func(least float32) func(b *builder, x *graph.Value) *graph.Value {
		return func(b *builder, x *graph.Value) *graph.Value { return b.node("Clip", values{x, b.scalar(least)}) }
	}
	type make = func(b *builder, x *graph.Value) *graph.Value
	for name, c := range map[string]struct {
		a, b  make
		equal bool
	}{
		"the same":           {unary("Tanh"), unary("Tanh"), true},
		"other operator":     {unary("Tanh"), unary("Relu"), false},
		"the same attribute": {unary("Elu", graph.FloatAttr("alpha", 2)), unary("Elu", graph.FloatAttr("alpha", 2)), true},
		"other attribute":    {unary("Elu", graph.FloatAttr("alpha", 2)), unary("Elu", graph.FloatAttr("alpha", 3)), false},
		"more attributes":    {unary("Elu"), unary("Elu", graph.FloatAttr("alpha", 3)), false},
		"the same numbers":   {clip(0), clip(0), true},
		"other numbers":      {clip(0), clip(0.5), false},
		"signs of zero":      {clip(0), clip(float32(math.Copysign(0, -1))), false},
		"an absent input":    {clip(0), func(b *builder, x *graph.Value) *graph.Value { return b.node("Clip", values{x, nil, b.scalar(0)}) }, false},
		"an input left out":  {clip(0), func(b *builder, x *graph.Value) *graph.Value { return b.node("Clip", values{x, b.scalar(0), nil}) }, true},
		"other order of operands": {
			func(b *builder, x *graph.Value) *graph.Value { return b.node("Pow", values{x, b.g.Lookup("y")}) },
			func(b *builder, x *graph.Value) *graph.Value { return b.node("Pow", values{b.g.Lookup("y"), x}) }, false,
		},
		"random numbers": {unary("RandomNormalLike"), unary("RandomNormalLike"), false},
		"Bernoulli":      {unary("Bernoulli"), unary("Bernoulli"), false},
		"alive Dropout":  {dropout(true), dropout(true), false},
		"dead Dropout":   {dropout(false), dropout(false), true},
		"custom operator": {func(b *builder, x *graph.Value) *graph.Value {
			y := b.node("Tanh", values{x})
			y.Producer().Domain = "my.own"
			return y
		}, func(b *builder, x *graph.Value) *graph.Value {
			y := b.node("Tanh", values{x})
			y.Producer().Domain = "my.own"
			return y
		}, false},
		"ONNX by its long name": {unary("Tanh"), func(b *builder, x *graph.Value) *graph.Value {
			y := b.node("Tanh", values{x})
			y.Producer().Domain = "ai.onnx"
			return y
		}, true},
		"the same integers": {
			func(b *builder, x *graph.Value) *graph.Value { return b.reshape(x, 4, 6) },
			func(b *builder, x *graph.Value) *graph.Value { return b.reshape(x, 4, 6) }, true,
		},
		"other integers": {
			func(b *builder, x *graph.Value) *graph.Value { return b.reshape(x, 4, 6) },
			func(b *builder, x *graph.Value) *graph.Value { return b.reshape(x, 6, 4) }, false,
		},
		"stored numbers that are equal": { // see deduplicate_initializers
			func(b *builder, x *graph.Value) *graph.Value { return b.mul(x, b.floats([]int64{2}, 3, 4)) },
			func(b *builder, x *graph.Value) *graph.Value { return b.mul(x, b.floats([]int64{2}, 3, 4)) }, false,
		},
		"a number of another shape": {
			func(b *builder, x *graph.Value) *graph.Value { return b.mul(x, b.floats([]int64{1}, 3)) },
			func(b *builder, x *graph.Value) *graph.Value { return b.mul(x, b.floats([]int64{1, 1, 1, 1}, 3)) }, false,
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBuilder(1)
			b.input("y", 4, 3, 2)
			x := b.input("x", 4, 3, 2)
			b.g.AddOutput(b.node("Neg", values{c.a(b, x)}))
			m := b.output(b.node("Abs", values{c.b(b, x)}))
			if _, err := pipeline.Run(t.Context(), m.Graph, merging(), pipeline.Options{}); err != nil {
				t.Fatal(err)
			}
			if got, want := m.Graph.Len(), map[bool]int{true: 3, false: 4}[c.equal]; got != want {
				t.Errorf("%d nodes are left, want %d\n%s", got, want, passtest.Text(m))
			}
		})
	}
}

// TestDequantizeLinearStays: engines look for one in front of each consumer.
func TestDequantizeLinearStays(t *testing.T) {
	b := newBuilder(1)
	x := b.input("x", 4)
	scale, zero := b.scalar(0.5), b.g.NewInitializer("zero", tensor.Of(nil, int8(0)))
	q := b.node("QuantizeLinear", []*graph.Value{x, scale, zero})
	for range 2 {
		b.g.AddOutput(b.node("Tanh", []*graph.Value{b.node("DequantizeLinear", []*graph.Value{q, scale, zero})}))
	}
	if _, err := pipeline.Run(t.Context(), b.g, merging(), pipeline.Options{}); err != nil {
		t.Fatal(err)
	}
	if got, want := ops(b.m), map[string]int{"QuantizeLinear": 1, "DequantizeLinear": 2, "Tanh": 2}; !maps.Equal(got, want) {
		t.Errorf("left are %v", got)
	}
}

// TestEqualOutputs keeps the names of outputs, and what engines take for one.
func TestEqualOutputs(t *testing.T) {
	type values = []*graph.Value
	relu := func(b *builder, x *graph.Value) *graph.Value { return b.node("Relu", values{x}) }
	split := func(b *builder, x *graph.Value) (first, second *graph.Value) {
		first = b.node("Split", values{x}, graph.IntAttr("axis", 1))
		second = b.g.NewValue("part")
		first.Producer().TakeOutput(second)
		return first, second
	}
	for name, c := range map[string]struct {
		build func(b *builder, x *graph.Value)
		want  map[string]int
	}{
		"the second one is an output": {func(b *builder, x *graph.Value) {
			b.g.AddOutput(b.node("Tanh", values{relu(b, x)}))
			b.g.AddOutput(relu(b, x))
		}, map[string]int{"Relu": 1, "Tanh": 1}},
		"the first one is an output": {func(b *builder, x *graph.Value) {
			b.g.AddOutput(relu(b, x))
			b.g.AddOutput(b.node("Tanh", values{relu(b, x)}))
		}, map[string]int{"Relu": 1, "Tanh": 1}},
		"both are outputs": {func(b *builder, x *graph.Value) {
			b.g.AddOutput(relu(b, x))
			y := relu(b, x)
			b.g.AddOutput(y)
			b.g.AddOutput(b.node("Tanh", values{y}))
		}, map[string]int{"Relu": 1, "Identity": 1, "Tanh": 1}},
		"three are outputs": {func(b *builder, x *graph.Value) {
			for range 3 {
				b.g.AddOutput(relu(b, x))
			}
		}, map[string]int{"Relu": 1, "Identity": 2}},
		"parts are outputs": {func(b *builder, x *graph.Value) {
			a, _ := split(b, x)
			b.g.AddOutput(a)
			c, d := split(b, x)
			b.g.AddOutput(d)
			b.g.AddOutput(b.node("Tanh", values{c}))
		}, map[string]int{"Split": 1, "Tanh": 1}},
		"all parts are outputs": {func(b *builder, x *graph.Value) {
			for range 2 {
				a, c := split(b, x)
				b.g.AddOutput(a)
				b.g.AddOutput(c)
			}
		}, map[string]int{"Split": 2}},
	} {
		t.Run(name, func(t *testing.T) {
			build := func() *graph.Model {
				b := newBuilder(1)
				c.build(b, b.input("x", 2, 4))
				return b.m
			}
			after, _ := passtest.Run(t, build, merging(), [][]int64{{2, 4}})
			if got := ops(after); !maps.Equal(got, c.want) {
				t.Errorf("left are %v, want %v\n%s", got, c.want, passtest.Text(after))
			}
		})
	}
}

// branching adds an If over the sign of a number, whose branches the given steps build.
func (b *builder) branching(then, otherwise func(s *builder) *graph.Value) *graph.Value {
	cond := b.g.Lookup("cond")
	if cond == nil {
		var err error
		if cond, err = b.g.AddInput("cond", graph.Type{Elem: tensor.Bool, Ranked: true}); err != nil {
			panic(err)
		}
	}
	attr := func(name string, step func(s *builder) *graph.Value) *graph.Attr {
		s, _ := b.body(name)
		s.g.AddOutput(step(s))
		return &graph.Attr{Name: name, Kind: graph.AttrGraph, Graph: s.g}
	}
	return b.node("If", []*graph.Value{cond}, attr("then_branch", then), attr("else_branch", otherwise))
}

// TestEqualNodesInSubgraphs reads from around a sub-graph what is computed there, and from nowhere else.
func TestEqualNodesInSubgraphs(t *testing.T) {
	type values = []*graph.Value
	relu := func(b *builder, x *graph.Value) *graph.Value { return b.node("Relu", values{x}) }
	for name, c := range map[string]struct {
		build func(b *builder, x *graph.Value) *graph.Value
		want  map[string]int
	}{
		"computed around it": {func(b *builder, x *graph.Value) *graph.Value {
			y := relu(b, x)
			return b.add(y, b.branching(func(s *builder) *graph.Value { return s.node("Tanh", values{relu(s, x)}) }, func(s *builder) *graph.Value { return s.node("Abs", values{x}) }))
		}, map[string]int{"Relu": 1, "If": 1, "Tanh": 1, "Abs": 1, "Add": 1}},
		"computed after it": {func(b *builder, x *graph.Value) *graph.Value {
			y := b.branching(func(s *builder) *graph.Value { return s.node("Tanh", values{relu(s, x)}) }, func(s *builder) *graph.Value { return s.node("Abs", values{x}) })
			return b.add(y, relu(b, x))
		}, map[string]int{"Relu": 2, "If": 1, "Tanh": 1, "Abs": 1, "Add": 1}},
		"an output of a branch": {func(b *builder, x *graph.Value) *graph.Value {
			y := relu(b, x)
			return b.add(y, b.branching(func(s *builder) *graph.Value { return relu(s, x) }, func(s *builder) *graph.Value { return s.node("Abs", values{x}) }))
		}, map[string]int{"Relu": 1, "If": 1, "Identity": 1, "Abs": 1, "Add": 1}},
		"in both branches": {func(b *builder, x *graph.Value) *graph.Value {
			step := func(s *builder) *graph.Value { return s.node("Tanh", values{relu(s, x)}) }
			return b.branching(step, step)
		}, map[string]int{"Relu": 2, "If": 1, "Tanh": 2}},
		"in a Loop": {func(b *builder, x *graph.Value) *graph.Value {
			y := relu(b, x)
			return b.add(y, b.twice(x, func(s *builder, carried *graph.Value) *graph.Value { return s.add(carried, relu(s, x)) }))
		}, map[string]int{"Relu": 1, "Loop": 1, "Identity": 1, "Add": 2}},
		"equal branches": {func(b *builder, x *graph.Value) *graph.Value {
			step := func() *graph.Value {
				return b.branching(func(s *builder) *graph.Value { return s.node("Clip", values{x, s.scalar(0.5)}) }, func(s *builder) *graph.Value { return s.node("Abs", values{x}) })
			}
			return b.add(step(), b.node("Neg", values{step()}))
		}, map[string]int{"If": 1, "Clip": 1, "Abs": 1, "Neg": 1, "Add": 1}},
		"unequal branches": {func(b *builder, x *graph.Value) *graph.Value {
			step := func(least float32) *graph.Value {
				return b.branching(func(s *builder) *graph.Value { return s.node("Clip", values{x, s.scalar(least)}) }, func(s *builder) *graph.Value { return s.node("Abs", values{x}) })
			}
			return b.add(step(0.5), b.node("Neg", values{step(0.25)}))
		}, map[string]int{"If": 2, "Clip": 2, "Abs": 2, "Neg": 1, "Add": 1}},
		"branches that draw": {func(b *builder, x *graph.Value) *graph.Value {
			step := func() *graph.Value {
				return b.branching(func(s *builder) *graph.Value { return s.mul(s.node("RandomNormalLike", values{x}), s.scalar(0)) }, func(s *builder) *graph.Value { return s.node("Abs", values{x}) })
			}
			return b.add(step(), b.node("Neg", values{step()}))
		}, map[string]int{"If": 2, "RandomNormalLike": 2, "Mul": 2, "Abs": 2, "Neg": 1, "Add": 1}},
	} {
		t.Run(name, func(t *testing.T) {
			build := func() *graph.Model {
				b := newBuilder(1)
				return b.output(c.build(b, b.input("x", 2, 4)))
			}
			var after *graph.Model
			if name == "branches that draw" {
				after = build()
				if _, err := pipeline.Run(t.Context(), after.Graph, merging(), pipeline.Options{}); err != nil {
					t.Fatal(err)
				}
			} else {
				after, _ = passtest.Run(t, build, merging(), nil)
			}
			if got := allOps(after); !maps.Equal(got, c.want) {
				t.Errorf("left are %v, want %v\n%s", got, c.want, passtest.Text(after))
			}
		})
	}
}

func TestMergeEqualNodesPatterns(t *testing.T) {
	type values = []*graph.Value
	patterns("merge_equal_nodes", &passes.MergeEqualNodes{},
		onImage("two Relu", 1, "", func(b *builder, x *graph.Value) *graph.Value {
			return b.add(b.node("Tanh", values{b.node("Relu", values{x})}), b.node("Relu", values{x}))
		}),
		onImage("two chains", 2, "", func(b *builder, x *graph.Value) *graph.Value {
			pad := func() *graph.Value {
				return b.node("Relu", values{b.node("Pad", values{x, b.ints(0, 0, 1, 1, 0, 0, 1, 1)})})
			}
			return b.add(pad(), b.node("Neg", values{pad()}))
		}),
		onImage("unlike nodes", 0, "", func(b *builder, x *graph.Value) *graph.Value {
			return b.add(b.node("Elu", values{x}), b.node("Elu", values{x}, graph.FloatAttr("alpha", 2)))
		}),
	).Run(t)
}
