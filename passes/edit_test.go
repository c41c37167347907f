package passes_test

import (
	"encoding/binary"
	"errors"
	"math"
	"regexp"
	"slices"
	"testing"

	"github.com/acdeploy/acdeploy/backends/reference"
	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/op"
	"github.com/acdeploy/acdeploy/internal/shapes"
	"github.com/acdeploy/acdeploy/passes/passtest"
	"github.com/acdeploy/acdeploy/tensor"
)

// editor changes a graph as a sequence of bytes says: any valid graph may come out, most make no sense.
type editor struct {
	m     *graph.Model
	bytes []byte
}

// next takes one choice out of n.
func (e *editor) next(n int) int {
	if len(e.bytes) == 0 || n <= 0 {
		return 0
	}
	b := e.bytes[0]
	e.bytes = e.bytes[1:]
	return int(b) % n
}

// edited is a random block after random edits; nil when it is no valid graph any more.
func edited(program []byte) *graph.Model {
	if len(program) < 4 {
		return nil
	}
	m, err := tryBuild(randomBlock(uint64(binary.LittleEndian.Uint32(program))))
	if err != nil {
		return nil
	}
	e := editor{m, program[4:]}
	for edits := 0; len(e.bytes) > 0 && edits < 12; edits++ {
		e.edit()
	}
	if op.Check(m.Graph) != nil {
		return nil
	}
	return m
}

func (e *editor) edit() {
	g := e.m.Graph
	nodes := slices.Collect(g.Nodes())
	if len(nodes) == 0 {
		return
	}
	n := nodes[e.next(len(nodes))]
	switch e.next(9) {
	case 0:
		e.insert(n)
	case 1:
		if n.LiveOutputs() == 0 {
			g.Remove(n)
		}
	case 2: // what used the result of n uses a value from before it
		v, by := n.Output(0), e.before(n)
		if v != nil && by != nil && graph.CanReplace(v, by) {
			graph.ReplaceAllUses(v, by)
		}
	case 3:
		if v := n.Output(0); v != nil && !v.IsOutput() {
			v.Rename(g.FreshName("renamed"))
		}
	case 4:
		if n.NumInputs() > 0 {
			n.SetInput(e.next(n.NumInputs()+1), e.before(n))
		}
	case 5:
		if n.NumInputs() > 1 {
			n.SetInput(1+e.next(n.NumInputs()-1), nil)
		}
	case 6:
		e.attribute(n)
	case 7:
		e.initializer()
	case 8:
		if v := n.Output(0); v != nil {
			g.AddOutput(v)
		}
	}
}

// before is an input, an initializer or a result that stands before n.
func (e *editor) before(n *graph.Node) *graph.Value {
	var values []*graph.Value
	values = append(values, e.m.Graph.Inputs()...)
	for v := range e.m.Graph.Initializers() {
		values = append(values, v)
	}
	for other := range e.m.Graph.Nodes() {
		if other == n {
			break
		}
		if v := other.Output(0); v != nil {
			values = append(values, v)
		}
	}
	return values[e.next(len(values))]
}

// insert puts a node before n, on one of its inputs.
func (e *editor) insert(n *graph.Node) {
	ops := []string{"Identity", "Relu", "Neg", "Add", "Sub", "Mul", "Sum", "Dropout", "Cast", "Shape", "Flatten", "GlobalAveragePool", "Transpose", "Concat"}
	in := []*graph.Value{e.before(n)}
	op := ops[e.next(len(ops))]
	switch op {
	case "Add", "Sub", "Mul", "Sum", "Concat":
		in = append(in, e.before(n))
	}
	fresh := graph.NewNode(op, in...)
	v := e.m.Graph.NewValue(op)
	fresh.Name = v.Name()
	if err := fresh.AddOutput(v); err != nil {
		panic(err)
	}
	switch op {
	case "Cast":
		fresh.SetAttr(graph.IntAttr("to", []int64{1, 10, 11, 7, 16}[e.next(5)]))
	case "Concat":
		fresh.SetAttr(graph.IntAttr("axis", int64(e.next(3))))
	}
	e.m.Graph.InsertBefore(fresh, n)
	if n.NumInputs() > 0 {
		n.SetInput(e.next(n.NumInputs()), v)
	}
}

// attribute changes a number in an attribute, or removes it.
func (e *editor) attribute(n *graph.Node) {
	if len(n.Attrs()) == 0 {
		return
	}
	a := *n.Attrs()[e.next(len(n.Attrs()))]
	odd := []int64{0, 1, 2, 3, -1, 1 << 40, math.MaxInt64, math.MinInt64}[e.next(8)]
	switch a.Kind {
	case graph.AttrInt:
		a.Int = odd
	case graph.AttrInts:
		a.Ints = slices.Clone(a.Ints)
		if at := e.next(len(a.Ints) + 1); at < len(a.Ints) {
			a.Ints[at] = odd
		} else {
			a.Ints = append(a.Ints, odd)
		}
	case graph.AttrFloat:
		a.Float = []float32{0, -1, float32(math.Inf(1)), float32(math.NaN()), 1e-30}[e.next(5)]
	default:
		n.RemoveAttr(a.Name)
		return
	}
	n.SetAttr(&a)
}

// initializer gives a constant another value, shape or type.
func (e *editor) initializer() {
	all := slices.Collect(e.m.Graph.Initializers())
	if len(all) == 0 {
		return
	}
	v := all[e.next(len(all))]
	t := v.Data()
	switch e.next(4) {
	case 0:
		v.SetData(tensor.Of([]int64{}, []float32{0, 1, float32(math.Inf(-1))}[e.next(3)]))
	case 1:
		v.SetData(tensor.Of([]int64{2}, []int64{int64(e.next(5)), -1}...))
	case 2:
		if shaped, err := t.Reshape([]int64{int64(t.Len())}); err == nil {
			v.SetData(shaped)
		}
	case 3:
		if t.Type().IsFloat() {
			v.SetData(rounded(t.Type(), t.Shape(), make([]float64, t.Len())))
		}
	}
}

// wasInvalid reports a convolution whose parameters never fitted, which shows only once a pass has made
// them known: no engine runs such a model.
func wasInvalid(err error) bool {
	return err != nil && regexp.MustCompile(`left an invalid graph: (sub-graph .*: )?node .*: (weight|kernel_shape|group|bias|pads|strides|dilations) `).MatchString(err.Error())
}

// mixesTypes reports a node with operands of two types that have to be of one: no engine runs it.
func mixesTypes(g *graph.Graph) bool {
	known := shapes.Of(g)
	oneType := []string{"Conv", "ConvTranspose", "MatMul", "Gemm", "Add", "Sub", "Mul", "Div", "Sum", "Concat"}
	for n := range g.Nodes() {
		if !slices.ContainsFunc(oneType, n.Is) {
			continue
		}
		first := known.Elem(n.Input(0))
		for _, v := range n.Inputs() {
			elem := known.Elem(v)
			if v != nil && elem != first && (n.Is("Conv") || elem != tensor.Undefined && first != tensor.Undefined) {
				return true
			}
		}
	}
	return false
}

// isNothing reports outputs of which nothing but rounding is left, as of what is subtracted from its own mean.
func isNothing(t *testing.T, m *graph.Model, in tensor.Map) bool {
	t.Helper()
	session, err := reference.OpenGraph(m)
	if err != nil {
		t.Fatal(err)
	}
	out, err := session.RunFloat64(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range out {
		if v.MaxAbs() > 1e-9 {
			return false
		}
	}
	return true
}

// FuzzEdits fuses random blocks after random edits. Whatever the graph has become, there is no panic, the
// graph is valid after every pass, and every promise is kept; where it still runs, the answers stay.
func FuzzEdits(f *testing.F) {
	for seed := range byte(24) {
		f.Add([]byte{seed, 0, 0, 0, seed, 0, 3 * seed, 7, seed, 2, 1, 5 * seed, 6, seed, 1, 2, 3})
	}
	f.Fuzz(func(t *testing.T, program []byte) {
		before := edited(program)
		if before == nil || mixesTypes(before.Graph) {
			return
		}
		after, _, err := passtest.Check(func() *graph.Model { return edited(program) }, defaults())
		if wasInvalid(err) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		if err := sameFileAgain(after); err != nil {
			t.Fatalf("%v\n%s", err, passtest.Text(after))
		}
		shape := []int64{1, before.Graph.Inputs()[0].Type().Shape[1].Size}
		for _, d := range before.Graph.Inputs()[0].Type().Shape[2:] {
			shape = append(shape, max(d.Size, 5+(d.Size+1)))
		}
		in := passtest.Inputs(before, [][]int64{shape}, 1)
		diff, err := passtest.Difference(before, after, in)
		if errors.Is(err, passtest.ErrBefore) || err == nil && diff > 1e-6 && isNothing(t, before, in) {
			return
		}
		if err != nil || diff > 1e-6 { // an edit may put a subtraction of almost equals in
			t.Fatalf("the answers differ by %g (%v)\nbefore\n%s\nafter\n%s", diff, err, passtest.Text(before), passtest.Text(after))
		}
	})
}
