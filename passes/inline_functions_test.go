package passes_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/passes"
	"github.com/acdeploy/acdeploy/passes/passtest"
	"github.com/acdeploy/acdeploy/pipeline"
	"github.com/acdeploy/acdeploy/tensor"
)

// define adds a function of the domain "local" whose body the given steps build.
func (b *builder) define(name string, inputs int, body func(f *builder, in []*graph.Value) []*graph.Value) *graph.Function {
	f := b.m.NewFunction("local", name, graph.Opset{Version: b.m.Opset("")}, graph.Opset{Domain: "local", Version: 1})
	inner := &builder{f.Body.Model(), f.Body, b.r}
	var in []*graph.Value
	for i := range inputs {
		v, err := f.Body.AddInput(fmt.Sprintf("in%d", i), graph.Type{})
		if err != nil {
			panic(err)
		}
		in = append(in, v)
	}
	for _, v := range body(inner, in) {
		f.Body.AddOutput(v)
	}
	if b.m.Opset("local") == 0 {
		b.m.Opsets = append(b.m.Opsets, graph.Opset{Domain: "local", Version: 1})
	}
	b.m.AddFunction(f)
	return f
}

// call adds a call of a function of the domain "local".
func (b *builder) call(name string, in []*graph.Value, attrs ...*graph.Attr) *graph.Value {
	v := b.node(name, in, attrs...)
	v.Producer().Domain = "local"
	return v
}

// inside is a constant in a function: a node.
func (b *builder) inside(shape ...int64) *graph.Value {
	n, _ := tensor.Count(shape)
	data := make([]float32, n)
	for i := range data {
		data[i] = float32(b.r.Float64() + 0.1) // also a variance
	}
	return b.node("Constant", nil, graph.TensorAttr("value", tensor.Of(shape, data...)))
}

func ref(name, of string, kind graph.AttrKind) *graph.Attr {
	return &graph.Attr{Name: name, Kind: kind, Ref: of}
}

// convBN is a convolution with everything inside: 4 channels, 3×3, then a batch normalisation.
func convBN(f *builder, in []*graph.Value) []*graph.Value {
	c := f.node("Conv", []*graph.Value{in[0], f.inside(4, 4, 3, 3)}, graph.IntsAttr("pads", 1, 1, 1, 1))
	return []*graph.Value{f.node("BatchNormalization", []*graph.Value{c, f.inside(4), f.inside(4), f.inside(4), f.inside(4)})}
}

func convOnly(f *builder, in []*graph.Value) []*graph.Value {
	return []*graph.Value{f.node("Conv", []*graph.Value{in[0], f.inside(4, 4, 3, 3)}, graph.IntsAttr("pads", 1, 1, 1, 1))}
}

// residual is a block in which nothing fuses: the operands of its sum have different inputs.
func residual(f *builder, in []*graph.Value) []*graph.Value {
	r := f.node("Relu", convOnly(f, in))
	return []*graph.Value{f.node("Relu", []*graph.Value{f.add(convOnly(f, []*graph.Value{r})[0], in[0])})}
}

func TestFunctions(t *testing.T) {
	for name, c := range map[string]struct {
		build     func(b *builder, x *graph.Value) *graph.Value
		ops       map[string]int
		functions string // that are left
	}{
		"weights inside": {
			func(b *builder, x *graph.Value) *graph.Value {
				b.define("Block", 1, convBN)
				return b.call("Block", []*graph.Value{b.call("Block", []*graph.Value{x})})
			},
			map[string]int{"Conv": 2},
			"",
		},
		"weights as arguments, epsilon from the call": {
			func(b *builder, x *graph.Value) *graph.Value {
				f := b.define("Block", 6, func(f *builder, in []*graph.Value) []*graph.Value {
					c := f.node("Conv", []*graph.Value{in[0], in[1]})
					return []*graph.Value{f.node("BatchNormalization", []*graph.Value{c, in[2], in[3], in[4], in[5]}, ref("epsilon", "eps", graph.AttrFloat))}
				})
				f.Attrs = []string{"eps"}
				p := func() *graph.Value { return b.g.NewInitializer("p", tensor.Of[float32]([]int64{4}, 1, 2, 3, 4)) }
				return b.call("Block", []*graph.Value{x, b.constant(4, 4, 1, 1), p(), p(), p(), p()}, graph.FloatAttr("eps", 0.25))
			},
			map[string]int{"Conv": 1},
			"",
		},
		"attributes: a default, one that the call leaves out, one that it overrides": {
			func(b *builder, x *graph.Value) *graph.Value {
				f := b.define("Block", 1, func(f *builder, in []*graph.Value) []*graph.Value {
					c := f.node("Conv", []*graph.Value{in[0], f.inside(4, 4, 3, 3)}, ref("pads", "pads", graph.AttrInts), ref("dilations", "far", graph.AttrInts))
					s := f.node("Constant", nil, ref("value_float", "scale", graph.AttrFloat))
					return []*graph.Value{f.node("Mul", []*graph.Value{c, s})}
				})
				f.Attrs, f.Defaults = []string{"far"}, []*graph.Attr{graph.IntsAttr("pads", 1, 1, 1, 1), graph.FloatAttr("scale", 3)}
				return b.call("Block", []*graph.Value{b.call("Block", []*graph.Value{x})},
					graph.IntsAttr("pads", 2, 2, 2, 2), graph.IntsAttr("far", 2, 2))
			},
			map[string]int{"Conv": 2},
			"",
		},
		"branches in functions, summed outside": {
			func(b *builder, x *graph.Value) *graph.Value {
				b.define("Branch", 1, convOnly)
				in := []*graph.Value{x}
				return b.add(b.call("Branch", in), b.add(b.call("Branch", in), b.call("Branch", in)))
			},
			map[string]int{"Conv": 1},
			"",
		},
		"the convolution in one function, its normalisation in another": {
			func(b *builder, x *graph.Value) *graph.Value {
				b.define("Branch", 1, convOnly)
				b.define("Norm", 1, func(f *builder, in []*graph.Value) []*graph.Value {
					return []*graph.Value{f.node("BatchNormalization", []*graph.Value{in[0], f.inside(4), f.inside(4), f.inside(4), f.inside(4)})}
				})
				return b.call("Norm", []*graph.Value{b.call("Branch", []*graph.Value{x})})
			},
			map[string]int{"Conv": 1},
			"",
		},
		"functions in functions": {
			func(b *builder, x *graph.Value) *graph.Value {
				b.define("Act", 1, func(f *builder, in []*graph.Value) []*graph.Value {
					return []*graph.Value{f.node("Mul", []*graph.Value{in[0], f.node("Sigmoid", in)})}
				})
				b.define("Branch", 1, convBN)
				b.define("Block", 1, func(f *builder, in []*graph.Value) []*graph.Value {
					s := f.add(f.call("Branch", in), f.call("Branch", in))
					return []*graph.Value{f.call("Act", []*graph.Value{s})}
				})
				return b.call("Block", []*graph.Value{b.call("Act", []*graph.Value{x})})
			},
			map[string]int{"Conv": 1, "Act": 2},
			"Act",
		},
		"nothing to fuse in an activation": {
			func(b *builder, x *graph.Value) *graph.Value {
				b.define("Act", 1, func(f *builder, in []*graph.Value) []*graph.Value {
					return []*graph.Value{f.node("Mul", []*graph.Value{in[0], f.node("Sigmoid", in)})}
				})
				c := b.conv(x, convShape{in: 4, out: 4, kernel: []int64{1, 1}})
				return b.call("Act", []*graph.Value{c})
			},
			map[string]int{"Conv": 1, "Act": 1},
			"Act",
		},
		"nothing to fuse in a residual block": {
			func(b *builder, x *graph.Value) *graph.Value {
				b.define("Residual", 1, residual)
				return b.call("Residual", []*graph.Value{b.call("Residual", []*graph.Value{x})})
			},
			map[string]int{"Residual": 2},
			"Residual",
		},
		"one call is worth it, one is not": {
			func(b *builder, x *graph.Value) *graph.Value {
				b.define("Branch", 1, convOnly)
				in := []*graph.Value{b.node("Relu", []*graph.Value{b.bn(b.call("Branch", []*graph.Value{x}), 4)})}
				return b.node("Relu", []*graph.Value{b.call("Branch", in)})
			},
			map[string]int{"Conv": 1, "Branch": 1, "Relu": 2},
			"Branch",
		},
		"an input that the call leaves out, an output that it does not want": {
			func(b *builder, x *graph.Value) *graph.Value {
				b.define("Block", 3, func(f *builder, in []*graph.Value) []*graph.Value {
					c := f.node("Conv", []*graph.Value{in[0], f.inside(4, 4, 1, 1), in[1]})
					m := f.node("Mul", []*graph.Value{c, f.inside()})
					return []*graph.Value{f.node("Relu", []*graph.Value{c}), m, in[2]}
				})
				n := graph.NewNode("Block", x, nil, x)
				n.Domain = "local"
				if err := n.AddOutput(nil); err != nil {
					panic(err)
				}
				for _, name := range []string{"m", "same"} {
					v, _ := b.g.AddValue(name)
					if err := n.AddOutput(v); err != nil {
						panic(err)
					}
				}
				b.g.Append(n)
				b.g.AddOutput(n.Output(2))
				return n.Output(1)
			},
			map[string]int{"Conv": 1, "Identity": 1},
			"",
		},
		"a value that is the result twice": {
			func(b *builder, x *graph.Value) *graph.Value {
				b.define("Twice", 1, func(f *builder, in []*graph.Value) []*graph.Value {
					y := convBN(f, in)[0]
					return []*graph.Value{y, y}
				})
				y := b.call("Twice", []*graph.Value{x})
				z, _ := b.g.AddValue("z")
				if err := y.Producer().AddOutput(z); err != nil {
					panic(err)
				}
				b.g.AddOutput(z)
				return y
			},
			map[string]int{"Conv": 1, "Identity": 1},
			"",
		},
		"a function under the name of an operator": {
			func(b *builder, x *graph.Value) *graph.Value {
				f := b.define("Conv", 1, convBN)
				b.m.RemoveFunctions(f)
				f.Domain = ""
				b.m.AddFunction(f)
				return b.node("Conv", []*graph.Value{x})
			},
			nil, "Conv", // its body holds a node of the same name, which is a call of the function itself
		},
		"a sum under the name of an operator": {
			func(b *builder, x *graph.Value) *graph.Value {
				f := b.define("Relu", 1, convBN)
				b.m.RemoveFunctions(f)
				f.Domain = "ai.onnx"
				b.m.AddFunction(f)
				return b.node("Relu", []*graph.Value{x})
			},
			map[string]int{"Conv": 1},
			"",
		},
		"calls in the branches of If, a capture in a function": {
			func(b *builder, x *graph.Value) *graph.Value {
				b.define("Block", 1, func(f *builder, in []*graph.Value) []*graph.Value {
					y := convBN(f, in)[0]
					return []*graph.Value{f.branches(f.node("Relu", []*graph.Value{y}), func(s *builder, name string) *graph.Value {
						return s.add(y, s.inside(1))
					})}
				})
				return b.branches(x, func(s *builder, name string) *graph.Value { return s.call("Block", []*graph.Value{x}) })
			},
			map[string]int{"Conv": 2, "Relu": 2, "Add": 4, "If": 3},
			"",
		},
	} {
		t.Run(name, func(t *testing.T) {
			m, result := passtest.Run(t, func() *graph.Model {
				b := newBuilder(1)
				return b.output(c.build(b, b.input("x", 1, 4, 5, 5)))
			}, defaults(), shapesUnless(c.ops == nil, []int64{1, 4, 5, 5})...)
			if c.ops == nil {
				c.ops = map[string]int{"Conv": 1}
			}
			got := map[string]int{}
			for g := range m.Graph.All() {
				for n := range g.Nodes() {
					if !n.Is("ReduceSum") && !n.Is("Greater") { // of the builder's own conditions
						got[n.OpType]++
					}
				}
			}
			if diff := cmp.Diff(c.ops, got); diff != "" {
				t.Errorf("operators (-want +got):\n%s\n%s\n%v", diff, passtest.Text(m), result)
			}
			if left := functionNames(m); left != c.functions {
				t.Errorf("functions %q are left, want %q", left, c.functions)
			}
		})
	}
}

// branches adds an If whose condition depends on x and whose branches the given steps build.
func (b *builder) branches(x *graph.Value, body func(s *builder, name string) *graph.Value) *graph.Value {
	sum := b.node("ReduceSum", []*graph.Value{x}, graph.IntAttr("keepdims", 0))
	v := b.node("If", []*graph.Value{b.node("Greater", []*graph.Value{sum, b.inside()})})
	n := v.Producer()
	for _, name := range []string{"then_branch", "else_branch"} {
		sub := b.g.NewSubgraph(name)
		sub.AddOutput(body(&builder{b.m, sub, b.r}, name))
		n.SetAttr(&graph.Attr{Name: name, Kind: graph.AttrGraph, Graph: sub})
	}
	return v
}

func shapesUnless(none bool, shape []int64) [][][]int64 {
	if none {
		return nil
	}
	return [][][]int64{{shape}}
}

func functionNames(m *graph.Model) string {
	var names []string
	for _, f := range m.Functions() {
		names = append(names, f.Name)
	}
	return strings.Join(names, " ")
}

func TestCallsThatCannotBeReplacedSayWhy(t *testing.T) {
	for name, c := range map[string]struct {
		build func(b *builder, x *graph.Value) *graph.Value
		want  string
	}{
		"another operator set": {
			func(b *builder, x *graph.Value) *graph.Value {
				b.define("Block", 1, convBN).Body.Model().Opsets[0].Version = 13
				return b.call("Block", []*graph.Value{x})
			},
			`function local.Block is written for version 13 of the operators of domain "", and the model imports version 17`,
		},
		"no operator set": {
			func(b *builder, x *graph.Value) *graph.Value {
				b.define("Block", 1, convBN).Body.Model().Opsets = nil
				return b.call("Block", []*graph.Value{x})
			},
			`function local.Block does not import the operators of domain ""`,
		},
		"too many inputs": {
			func(b *builder, x *graph.Value) *graph.Value {
				b.define("Block", 1, convBN)
				return b.call("Block", []*graph.Value{x, x})
			},
			"the call has 2 inputs, function local.Block has 1",
		},
		"an attribute that the function does not have": {
			func(b *builder, x *graph.Value) *graph.Value {
				b.define("Block", 1, convBN)
				return b.call("Block", []*graph.Value{x}, graph.IntAttr("group", 1))
			},
			`function local.Block has no attribute "group"`,
		},
		"an attribute of another kind": {
			func(b *builder, x *graph.Value) *graph.Value {
				f := b.define("Block", 1, func(f *builder, in []*graph.Value) []*graph.Value {
					return []*graph.Value{f.node("Conv", []*graph.Value{in[0], f.inside(4, 4, 1, 1)}, ref("group", "g", graph.AttrInt))}
				})
				f.Attrs = []string{"g"}
				return b.call("Block", []*graph.Value{x}, graph.FloatAttr("g", 1))
			},
			`attribute "g" is not of the kind that node Conv of function local.Block needs`,
		},
		"an attribute from nowhere": {
			func(b *builder, x *graph.Value) *graph.Value {
				b.define("Block", 1, func(f *builder, in []*graph.Value) []*graph.Value {
					return []*graph.Value{f.node("Conv", []*graph.Value{in[0], f.inside(4, 4, 1, 1)}, ref("group", "g", graph.AttrInt))}
				})
				return b.call("Block", []*graph.Value{x})
			},
			`node Conv of function local.Block takes attribute "group" from "g", which the function does not have`,
		},
		"an input that is left out and given back": {
			func(b *builder, x *graph.Value) *graph.Value {
				b.define("Block", 2, func(f *builder, in []*graph.Value) []*graph.Value {
					return []*graph.Value{convBN(f, in)[0], in[1]}
				})
				return b.call("Block", []*graph.Value{x})
			},
			`input "in1" is absent, and function local.Block returns it as an output`,
		},
		"a function that calls itself": {
			func(b *builder, x *graph.Value) *graph.Value {
				b.define("Block", 1, func(f *builder, in []*graph.Value) []*graph.Value {
					return []*graph.Value{f.call("Block", convBN(f, in))}
				})
				return b.call("Block", []*graph.Value{x})
			},
			"function local.Block calls itself, or its calls are nested more than 64 deep; export the model without it",
		},
		"functions that call each other twice": {
			func(b *builder, x *graph.Value) *graph.Value {
				b.define("F0", 1, convBN)
				for i := range 60 {
					b.define(fmt.Sprint("F", i+1), 1, func(f *builder, in []*graph.Value) []*graph.Value {
						inner := fmt.Sprint("F", i)
						return []*graph.Value{f.call(inner, []*graph.Value{f.call(inner, in)})}
					})
				}
				return b.call("F60", []*graph.Value{x})
			},
			"with the 2147483647 nodes of function local.F60 inlined, the calls would make more than 106400 nodes; export the model without functions",
		},
		"a function that is defined twice": {
			func(b *builder, x *graph.Value) *graph.Value {
				b.define("Block", 1, convBN)
				b.define("Block", 1, convBN)
				return b.call("Block", []*graph.Value{x})
			},
			"function local.Block is defined twice",
		},
	} {
		t.Run(name, func(t *testing.T) {
			_, result := passtest.Run(t, func() *graph.Model {
				b := newBuilder(1)
				return b.output(c.build(b, b.input("x", 1, 4, 5, 5)))
			}, defaults())
			if result.Rewrites() != 0 {
				t.Errorf("%d rewrites", result.Rewrites())
			}
			got := result.Passes[0].Refusals
			if len(got) != 1 || got[0].Reason != passes.NotInlined || got[0].Detail != c.want {
				t.Errorf("refusals %+v, want %s", got, c.want)
			}
		})
	}
}

// A function that is not understood may call any other: none is dropped.
func TestFunctionsThatAnotherMayCallStay(t *testing.T) {
	m, result := passtest.Run(t, func() *graph.Model {
		b := newBuilder(1)
		b.define("Block", 1, convBN)
		b.define("Odd", 1, convBN)
		odd := b.m.Functions()[1]
		odd.Fault, odd.Body = "it is not understood", nil
		return b.output(b.call("Odd", []*graph.Value{b.call("Block", []*graph.Value{b.input("x", 1, 4, 5, 5)})}))
	}, defaults())
	if result.Rewrites() == 0 || len(m.Functions()) != 2 {
		t.Errorf("%d rewrites, %d functions", result.Rewrites(), len(m.Functions()))
	}
}

func TestInlinedNodesAndValuesGetNamesOfTheirOwn(t *testing.T) {
	b := newBuilder(1)
	x := b.input("x", 1, 4, 5, 5)
	b.define("Block", 1, func(f *builder, in []*graph.Value) []*graph.Value {
		y := convBN(f, in)[0]
		for n := range f.g.Nodes() {
			n.Name = "same"
		}
		return []*graph.Value{y}
	})
	for range 3 {
		x = b.call("Block", []*graph.Value{x})
		x.Producer().Name = "" // the name of the result takes its place
	}
	// A node and a value that have the names already.
	x = b.node("Relu", []*graph.Value{x})
	x.Producer().Name = "Block/same"
	x.Rename("Block/Conv")
	m := b.output(x)
	if _, err := pipeline.Run(context.Background(), m.Graph, defaults()[:1], pipeline.Options{}); err != nil {
		t.Fatal(err)
	}
	var names []string
	for n := range m.Graph.Nodes() {
		names = append(names, n.Name)
	}
	slices.Sort(names)
	if len(names) != 3*7+1 || len(slices.Compact(names)) != len(names) {
		t.Errorf("names %q", names)
	}
	if m.Graph.Lookup("Block/Conv_1") == nil {
		t.Error("a value did not get the free name next to the one taken")
	}
}

func TestNamesOfCallsInCallsStayShort(t *testing.T) {
	b := newBuilder(1)
	long := strings.Repeat("é", 500)
	b.define("F0", 1, func(f *builder, in []*graph.Value) []*graph.Value {
		y := convBN(f, in)[0]
		y.Rename(long)
		return []*graph.Value{f.node("Relu", []*graph.Value{y})}
	})
	for i := range 20 {
		b.define(fmt.Sprint("F", i+1), 1, func(f *builder, in []*graph.Value) []*graph.Value {
			y := f.call(fmt.Sprint("F", i), in)
			y.Producer().Name = long
			return []*graph.Value{f.node("Relu", []*graph.Value{y})}
		})
	}
	m := b.output(b.call("F20", []*graph.Value{b.input("x", 1, 4, 5, 5)}))
	if _, err := pipeline.Run(context.Background(), m.Graph, defaults()[:1], pipeline.Options{}); err != nil {
		t.Fatal(err)
	}
	if m.Graph.Len() < 20 {
		t.Fatalf("%d nodes", m.Graph.Len())
	}
	for n := range m.Graph.Nodes() {
		if len(n.Name) > 200 || len(n.Output(0).Name()) > 200 || !utf8.ValidString(n.Name) {
			t.Errorf("node %q, value %q", n.Name, n.Output(0).Name())
		}
	}
}

func TestInlineFunctionsPatterns(t *testing.T) {
	patterns("inline_functions", &passes.InlineFunctions{},
		onImage("a block with something to fold", 1, "", func(b *builder, x *graph.Value) *graph.Value {
			b.define("Block", 1, convBN)
			return b.call("Block", []*graph.Value{x})
		}),
		onImage("a block with nothing to fold", 0, "", func(b *builder, x *graph.Value) *graph.Value {
			b.define("Block", 1, residual)
			return b.call("Block", []*graph.Value{x})
		}),
	).Run(t)
}
