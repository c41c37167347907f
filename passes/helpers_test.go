package passes_test

import (
	"errors"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/passes"
	"github.com/acdeploy/acdeploy/passes/passtest"
	"github.com/acdeploy/acdeploy/pipeline"
	"github.com/acdeploy/acdeploy/tensor"
)

// builder makes small graphs; names of nodes are those of their results.
type builder struct {
	m *graph.Model
	g *graph.Graph
	r *rand.Rand
}

func newBuilder(seed uint64) *builder {
	m := graph.NewModel(8, graph.Opset{Version: 17})
	m.Graph.Name = "test"
	return &builder{m, m.Graph, rand.New(rand.NewPCG(seed, 3))}
}

func (b *builder) input(name string, dims ...int64) *graph.Value {
	typ := graph.Type{Elem: tensor.Float32, Ranked: true}
	for _, d := range dims {
		typ.Shape = append(typ.Shape, tensor.Dim{Size: d})
	}
	v, err := b.g.AddInput(name, typ)
	if err != nil {
		panic(err)
	}
	return v
}

func (b *builder) output(v *graph.Value) *graph.Model {
	b.g.AddOutput(v)
	return b.m
}

func (b *builder) node(op string, in []*graph.Value, attrs ...*graph.Attr) *graph.Value {
	n := graph.NewNode(op, in...)
	v := b.g.NewValue(op)
	n.Name = v.Name()
	if err := n.AddOutput(v); err != nil {
		panic(err)
	}
	for _, a := range attrs {
		n.SetAttr(a)
	}
	b.g.Append(n)
	return v
}

func (b *builder) constant(shape ...int64) *graph.Value {
	n, _ := tensor.Count(shape)
	data := make([]float32, n)
	for i := range data {
		data[i] = float32(b.r.NormFloat64())
	}
	return b.g.NewInitializer("c", tensor.Of(shape, data...))
}

func (b *builder) ints(values ...int64) *graph.Value {
	return b.g.NewInitializer("i", tensor.Of([]int64{int64(len(values))}, values...))
}

// convShape describes a convolution; zero values mean one group, stride 1, dilation 1, no pads.
type convShape struct {
	in, out, group     int64
	kernel             []int64
	strides, dilations []int64
	pads               []int64
	bias               bool
	autoPad            string
}

func (b *builder) conv(x *graph.Value, c convShape) *graph.Value {
	group := max(c.group, 1)
	w := b.constant(append([]int64{c.out, c.in / group}, c.kernel...)...)
	in := []*graph.Value{x, w}
	if c.bias {
		in = append(in, b.constant(c.out))
	}
	attrs := []*graph.Attr{graph.IntsAttr("kernel_shape", c.kernel...), graph.IntAttr("group", group)}
	if c.strides != nil {
		attrs = append(attrs, graph.IntsAttr("strides", c.strides...))
	}
	if c.dilations != nil {
		attrs = append(attrs, graph.IntsAttr("dilations", c.dilations...))
	}
	if c.pads != nil {
		attrs = append(attrs, graph.IntsAttr("pads", c.pads...))
	}
	if c.autoPad != "" {
		attrs = append(attrs, graph.StringAttr("auto_pad", c.autoPad))
	}
	return b.node("Conv", in, attrs...)
}

// bn adds a batch normalisation as training leaves it: variances over ten decades, negative and zero
// scales.
func (b *builder) bn(x *graph.Value, channels int) *graph.Value {
	n := int64(channels)
	gamma, beta, mean, variance := make([]float32, n), make([]float32, n), make([]float32, n), make([]float32, n)
	for i := range n {
		gamma[i] = float32(b.r.NormFloat64())
		if b.r.IntN(8) == 0 {
			gamma[i] = 0
		}
		beta[i], mean[i] = float32(b.r.NormFloat64()), float32(b.r.NormFloat64())
		variance[i] = float32(math.Pow(10, b.r.Float64()*10-8))
	}
	p := func(name string, v []float32) *graph.Value {
		return b.g.NewInitializer(name, tensor.Of([]int64{n}, v...))
	}
	return b.node("BatchNormalization",
		[]*graph.Value{x, p("gamma", gamma), p("beta", beta), p("mean", mean), p("var", variance)}, graph.FloatAttr("epsilon", 1e-5))
}

func (b *builder) add(x, y *graph.Value) *graph.Value { return b.node("Add", []*graph.Value{x, y}) }

// square, horizontal and vertical are the branches of a 3×3 asymmetric convolution block.
func acb(b *builder, x *graph.Value, in, out, group int64, stride []int64) *graph.Value {
	square := b.bn(b.conv(x, convShape{in: in, out: out, group: group, kernel: []int64{3, 3}, strides: stride, pads: []int64{1, 1, 1, 1}}), int(out))
	vertical := b.bn(b.conv(x, convShape{in: in, out: out, group: group, kernel: []int64{3, 1}, strides: stride, pads: []int64{1, 0, 1, 0}}), int(out))
	horizontal := b.bn(b.conv(x, convShape{in: in, out: out, group: group, kernel: []int64{1, 3}, strides: stride, pads: []int64{0, 1, 0, 1}}), int(out))
	return b.add(b.add(square, vertical), horizontal)
}

// defaults are the steps of the default pipeline.
func defaults() []pipeline.Step {
	var steps []pipeline.Step
	for _, e := range passes.Catalog().Default() {
		steps = append(steps, pipeline.Step{Name: e.Name, Pass: e.New()})
	}
	return steps
}

// ops counts the nodes by operator.
func ops(m *graph.Model) map[string]int {
	count := map[string]int{}
	for n := range m.Graph.Nodes() {
		count[n.OpType]++
	}
	return count
}

func (b *builder) matMul(x, y *graph.Value) *graph.Value {
	return b.node("MatMul", []*graph.Value{x, y})
}

func (b *builder) transpose(x *graph.Value, perm ...int64) *graph.Value {
	return b.node("Transpose", []*graph.Value{x}, graph.IntsAttr("perm", perm...))
}

func (b *builder) reshape(x *graph.Value, shape ...int64) *graph.Value {
	return b.node("Reshape", []*graph.Value{x, b.ints(shape...)})
}

// gemm multiplies by a matrix of in×out numbers.
func (b *builder) gemm(x *graph.Value, in, out int64, c *graph.Value, attrs ...*graph.Attr) *graph.Value {
	shape := []int64{in, out}
	for _, a := range attrs {
		if a.Name == "transB" && a.Int == 1 {
			shape = []int64{out, in}
		}
	}
	operands := []*graph.Value{x, b.constant(shape...)}
	if c != nil {
		operands = append(operands, c)
	}
	return b.node("Gemm", operands, attrs...)
}

// refusals are those of a run, a line each.
func refusals(r *pipeline.Result) []string {
	var out []string
	for _, p := range r.Passes {
		for _, f := range p.Refusals {
			out = append(out, p.Name+" "+f.Node+" "+f.Reason+": "+f.Detail)
		}
	}
	return out
}

// sayWhatToDo reports refusals that say what is wrong but not what to do: that comes after a semicolon. Of
// a node with nothing to fold into there is nothing to do.
func sayWhatToDo(t *testing.T, r *pipeline.Result) {
	t.Helper()
	for _, p := range r.Passes {
		for _, f := range p.Refusals {
			if f.Reason != passes.NoConvolution && !strings.Contains(f.Detail, "; ") {
				t.Errorf("%s does not say what to do: %s", f.Reason, f.Detail)
			}
		}
	}
}

func make32(n int, v float32) []float32 {
	out := make([]float32, n)
	for i := range out {
		out[i] = v
	}
	return out
}

// patterns is the test of a pass over what it is about, in every surrounding of it. Its golden file says what became of each.
func patterns(name string, pass pipeline.Pass, cases ...passtest.Case) passtest.Table {
	return passtest.Table{Steps: []pipeline.Step{{Name: name, Pass: pass}}, Cases: cases, Golden: "testdata/passtest/" + name + ".golden"}
}

// onImage is a pattern over an image of four channels.
func onImage(name string, rewrites int, reason string, block func(b *builder, x *graph.Value) *graph.Value) passtest.Case {
	return passtest.Case{Name: name, Rewrites: rewrites, Reason: reason, Build: func() *graph.Model {
		b := newBuilder(7)
		return b.output(block(b, b.input("x", 2, 4, 5, 6)))
	}}
}

// fusedAlike fuses a random graph by the default pipeline, and compares the answers for each shape of its input that the graph takes: it
// returns how many these are.
func fusedAlike(t *testing.T, d *draws, seed uint64, build func() *graph.Model, shapes func(declared []tensor.Dim) [][]int64) (after *graph.Model, ran int) {
	t.Helper()
	before := build()
	after, result, err := passtest.Check(build, defaults())
	if err != nil {
		t.Fatalf("seed %d: %v", seed, err)
	}
	d.count(before.Opsets[0].Version, result.Rewrites() > 0)
	for _, dims := range shapes(before.Graph.Inputs()[0].Type().Shape) {
		err := passtest.Equal(before, after, passtest.Inputs(before, [][]int64{dims}, seed))
		switch {
		case errors.Is(err, passtest.ErrBefore):
		case err != nil:
			t.Fatalf("seed %d, size %v: %v\nbefore\n%s\nafter\n%s", seed, dims, err, passtest.Text(before), passtest.Text(after))
		default:
			ran++
		}
	}
	return after, ran
}
