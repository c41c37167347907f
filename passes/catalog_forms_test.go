package passes_test

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/passes"
	"github.com/acdeploy/acdeploy/passes/passtest"
	"github.com/acdeploy/acdeploy/tensor"
)

// TestFormsOfOlderExporters builds what exporters wrote that are not made any more.
func TestFormsOfOlderExporters(t *testing.T) {
	for name, c := range map[string]struct {
		opset   int64
		build   func(b *builder, x *graph.Value) *graph.Value
		ops     map[string]int
		reasons []string
	}{
		// Every parameter is a node, every bias an Add of its own, sums are nested to the right, and
		// pads are those of auto_pad.
		"paddle": {
			11,
			func(b *builder, x *graph.Value) *graph.Value {
				branch := func(kernel ...int64) *graph.Value {
					c := b.node("Conv", []*graph.Value{x, b.inside(append([]int64{4, 4}, kernel...)...)},
						graph.IntsAttr("kernel_shape", kernel...), graph.StringAttr("auto_pad", "SAME_UPPER"), graph.IntsAttr("strides", 1, 1))
					bias := b.node("Reshape", []*graph.Value{b.inside(4), b.node("Constant", nil, graph.TensorAttr("value", tensor.Of([]int64{4}, int64(1), 4, 1, 1)))})
					return b.node("BatchNormalization", []*graph.Value{b.add(c, bias), b.inside(4), b.inside(4), b.inside(4), b.inside(4)})
				}
				return b.node("Relu", []*graph.Value{b.add(branch(3, 3), b.add(branch(3, 1), branch(1, 3)))})
			},
			map[string]int{"Conv": 1, "Relu": 1},
			nil,
		},
		// A scale stands after each normalisation, the residual is an n-ary Sum, epsilon is absent.
		"caffe2": {
			8,
			func(b *builder, x *graph.Value) *graph.Value {
				row := func() *graph.Value {
					return b.node("Unsqueeze", []*graph.Value{b.inside(4)}, graph.IntsAttr("axes", 1, 2))
				}
				branch := func(kernel, pad int64) *graph.Value {
					c := b.node("Conv", []*graph.Value{x, b.inside(4, 4, kernel, kernel)}, graph.IntsAttr("pads", pad, pad, pad, pad))
					n := b.node("BatchNormalization", []*graph.Value{c, b.inside(4), b.inside(4), b.inside(4), b.inside(4)})
					return b.add(b.node("Mul", []*graph.Value{n, row()}), row())
				}
				return b.node("Relu", []*graph.Value{b.node("Sum", []*graph.Value{branch(3, 1), x, branch(1, 0)})})
			},
			map[string]int{"Conv": 1, "Relu": 1},
			nil,
		},
		// Per activation by mistake: no engine takes it, and per channel is only a guess.
		"mxnet": {
			8,
			func(b *builder, x *graph.Value) *graph.Value {
				n := b.bn(b.conv(x, convShape{in: 4, out: 4, kernel: []int64{1, 1}}), 4)
				n.Producer().SetAttr(graph.IntAttr("spatial", 0))
				return n
			},
			map[string]int{"Conv": 1, "BatchNormalization": 1},
			[]string{passes.Unsupported},
		},
	} {
		t.Run(name, func(t *testing.T) {
			shapes := [][][]int64{{{1, 4, 6, 6}}, {{2, 4, 1, 3}}}
			if c.reasons != nil {
				shapes = nil // the reference does not run it
			}
			m, result := passtest.Run(t, func() *graph.Model {
				b := newBuilder(1)
				b.m.Opsets[0].Version, b.m.IRVersion = c.opset, 3
				return b.output(c.build(b, b.input("x", -1, 4, -1, -1)))
			}, defaults(), shapes...)
			if diff := cmp.Diff(c.ops, ops(m)); diff != "" {
				t.Errorf("operators (-want +got):\n%s\n%s", diff, passtest.Text(m))
			}
			if got := reasons(result); !slices.Equal(got, c.reasons) {
				t.Errorf("refused for %q, want %q", got, c.reasons)
			}
			sameWhenSaved(t, m)
		})
	}
}

// TestOpsets fuses one block, with crops, as each version of the operators writes it.
func TestOpsets(t *testing.T) {
	for version := int64(6); version <= 28; version++ {
		for _, training := range []bool{false, true} {
			t.Run(fmt.Sprintf("%d/training=%v", version, training), func(t *testing.T) {
				build := func() *graph.Model {
					b := newBuilder(1)
					b.m.Opsets[0].Version, b.m.IRVersion = version, irOf(version)
					return b.output(versioned(b, b.input("x", 1, 4, 6, 6), version, training))
				}
				want, reason := map[string]int{"Conv": 1, "Relu": 1}, []string(nil)
				shapes := [][][]int64{{{1, 4, 6, 6}}}
				if training {
					want, reason, shapes = map[string]int{"Conv": 3, "BatchNormalization": 3, "Slice": 2, "Add": 2, "Relu": 1}, []string{passes.TrainingMode}, nil
				}
				m, result := passtest.Run(t, build, defaults(), shapes...)
				if got := ops(m); !maps.Equal(got, want) || !slices.Equal(reasons(result), reason) {
					t.Errorf("operators %v, refused for %q\n%s", got, reasons(result), passtest.Text(m))
				}
				if m.Opset("") != version {
					t.Errorf("the operator set is %d", m.Opset(""))
				}
				sameWhenSaved(t, m)
			})
		}
	}
}

// irOf is the IR version of the ONNX release that brought a version of the operators, or an older one.
func irOf(opset int64) int64 {
	switch {
	case opset < 9:
		return 3
	case opset < 15:
		return 7
	}
	return 10
}

// versioned is an asymmetric block without pads, whose narrow branches read crops.
func versioned(b *builder, x *graph.Value, version int64, training bool) *graph.Value {
	norm := func(y *graph.Value) *graph.Value {
		v := b.bn(y, 4)
		n := v.Producer()
		switch {
		case version < 7 && !training:
			n.SetAttr(graph.IntAttr("is_test", 1))
		case version >= 14 && training:
			n.SetAttr(graph.IntAttr("training_mode", 1))
		case version >= 7 && version < 14 && training:
			for _, name := range []string{"mean", "var", "saved_mean", "saved_var"} {
				if err := n.AddOutput(b.g.NewValue(name)); err != nil {
					panic(err)
				}
			}
		}
		return v
	}
	crop := func(axis int64) *graph.Value {
		if version < 10 {
			return b.node("Slice", []*graph.Value{x}, graph.IntsAttr("axes", axis), graph.IntsAttr("starts", 1), graph.IntsAttr("ends", -1))
		}
		return b.node("Slice", []*graph.Value{x, b.ints(1), b.ints(-1), b.ints(axis), b.ints(1)})
	}
	conv := func(x *graph.Value, kernel ...int64) *graph.Value {
		return norm(b.conv(x, convShape{in: 4, out: 4, kernel: kernel, bias: true}))
	}
	square, vertical, horizontal := conv(x, 3, 3), conv(crop(3), 3, 1), conv(crop(2), 1, 3)
	return b.node("Relu", []*graph.Value{b.add(b.add(square, vertical), horizontal)})
}

// TestUnknownOperatorsAreKept puts operators that nobody knows between and inside blocks.
func TestUnknownOperatorsAreKept(t *testing.T) {
	build := func() *graph.Model {
		b := newBuilder(1)
		b.m.Opsets = append(b.m.Opsets, graph.Opset{Domain: "com.example", Version: 3})
		x := acb(b, b.input("x", 1, 4, 6, 6), 4, 4, 1, nil)
		y := b.node("Conv", []*graph.Value{x, b.constant(4, 4, 1, 1)}, graph.StringAttr("mode", "ours"), graph.IntsAttr("group", 1, 2))
		y.Producer().Domain, y.Producer().Doc = "com.example", "not the operator of that name"
		z := b.bn(b.node("FutureOperator", []*graph.Value{y, y}), 4)
		z = b.node("BatchNormalization", []*graph.Value{b.bn(b.conv(z, convShape{in: 4, out: 4, kernel: []int64{1, 1}}), 4), b.constant(4)})
		z.Producer().Domain = "com.example"
		return b.output(acb(b, z, 4, 4, 1, nil))
	}
	m, _ := passtest.Run(t, build, defaults())
	want := map[string]int{"Conv": 4, "FutureOperator": 1, "BatchNormalization": 1}
	if got := ops(m); !maps.Equal(got, want) {
		t.Fatalf("operators %v\n%s", got, passtest.Text(m))
	}
	sameWhenSaved(t, m)
	nodes := func(m *graph.Model) map[string]string {
		list := map[string]string{}
		for n := range m.Graph.Nodes() {
			if n.Domain == "com.example" {
				var b strings.Builder
				fmt.Fprintf(&b, "%s %s %q", n.OpType, n.Doc, n.Output(0).Name())
				for _, a := range n.Attrs() {
					fmt.Fprintf(&b, " %+v", *a)
				}
				list[n.Name] = b.String()
			}
		}
		return list
	}
	if len(nodes(m)) != 2 {
		t.Fatalf("nodes %v", nodes(m))
	}
	for name, was := range nodes(build()) {
		if is := nodes(m)[name]; is != was {
			t.Errorf("node %s was %s and is %s", name, was, is)
		}
	}
	if !bytes.Contains(saved(t, m), []byte("not the operator of that name")) {
		t.Error("the documentation is gone")
	}
}
