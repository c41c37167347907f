// Package passtest checks that a pass keeps its promises. It is public, for custom passes too.
//
// A [Table] is the test of a pass. Its author says what the pass is about, as small models; the table makes variants of
// each, and holds the pass to its promises in all of them:
//
//	func TestFoldDoubleNeg(t *testing.T) {
//		passtest.Table{
//			Steps:  []pipeline.Step{{Name: "fold_double_neg", Pass: &FoldDoubleNeg{}}},
//			Golden: "testdata/fold_double_neg.golden",
//			Cases: []passtest.Case{
//				{Name: "a pair", Rewrites: 1, Build: func() *graph.Model {
//					b := graphtest.New(17)
//					v := b.Input("x", 2, 3)
//					for _, op := range []string{"Neg", "Neg", "Relu"} {
//						v = b.Node(op, []*graph.Value{v})
//					}
//					return b.Outputs(v)
//				}},
//			},
//		}.Run(t)
//	}
//
// The promises are these. The graph is valid, no two nodes have one name, and the operands of a node have types that go
// together. Inputs and outputs keep their names, types and order. The answers are equal to [Tolerance] in float64, on
// backends/reference, and so is every value that both graphs have. A second run changes nothing. Where nothing was
// rewritten, the file of the model has the bytes that it had. What breaks one of them is told with both graphs and the
// first value that differs.
//
// go test -update writes the golden files: read the difference. [Check] and [Run] try one model, without variants.
package passtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/op"
	"github.com/acdeploy/acdeploy/internal/shapes"
	"github.com/acdeploy/acdeploy/model"
	"github.com/acdeploy/acdeploy/onnx"
	"github.com/acdeploy/acdeploy/pipeline"
	"github.com/acdeploy/acdeploy/tensor"
)

// Tolerance is how far two graphs that are the same function may differ in float64, relative to the
// largest magnitude of the output.
const Tolerance = 1e-12

// Run is [Check] in a test: what is wrong ends it.
func Run(tb testing.TB, build func() *graph.Model, steps []pipeline.Step, shapes ...[][]int64) (*graph.Model, *pipeline.Result) {
	tb.Helper()
	after, result, err := Check(build, steps, shapes...)
	if err != nil {
		tb.Fatal(err)
	}
	return after, result
}

// Check applies the steps to a fixed point and checks every promise. build makes the model anew each
// time; shapes are the sizes to try, each a shape for every input in order. It returns the rewritten
// model and the record; the error shows the graphs, and the first value that differs. A model whose inputs or outputs
// a [pipeline.InterfaceChanger] changed is compared where it meets the one before.
func Check(build func() *graph.Model, steps []pipeline.Step, shapes ...[][]int64) (*graph.Model, *pipeline.Result, error) {
	before := build()
	inputs := make([]tensor.Map, len(shapes))
	for i, shape := range shapes {
		inputs[i] = Inputs(before, shape, uint64(i))
	}
	return check(context.Background(), before, steps, inputs)
}

// check applies the steps to a clone of a model and compares the two over the inputs.
func check(ctx context.Context, before *graph.Model, steps []pipeline.Step, inputs []tensor.Map) (*graph.Model, *pipeline.Result, error) {
	after := before.Clone()
	failed := func(err error) (*graph.Model, *pipeline.Result, error) {
		return nil, nil, fmt.Errorf("%w\nbefore\n%s\nafter\n%s", err, Text(before), Text(after))
	}
	result, err := pipeline.Run(ctx, after.Graph, steps, pipeline.Options{})
	if err != nil {
		return failed(err)
	}
	compared, origin, err := comparedWith(before, after, result)
	if err != nil {
		return failed(err)
	}
	if err := kept(compared, after); err != nil {
		return failed(err)
	}
	if result.Rewrites() == 0 {
		if err := same(before, after); err != nil {
			return failed(fmt.Errorf("nothing was rewritten, yet the graph changed: %w", err))
		}
	}
	once := after.Clone()
	again, err := pipeline.Run(ctx, once.Graph, steps, pipeline.Options{})
	if err != nil {
		return failed(fmt.Errorf("a second run: %w", err))
	}
	if again.Rewrites() != 0 || Text(once) != Text(after) {
		return failed(fmt.Errorf("a second run made %d rewrites, after which the graph is\n%s", again.Rewrites(), Text(once)))
	}
	for i, in := range inputs {
		if result.ChangedInterface() {
			in = inputsOf(compared, in, uint64(i))
		}
		if err := equal(compared, after, in, origin); err != nil {
			return failed(fmt.Errorf("inputs %s: %w", sizes(in), err))
		}
		if err := regions(ctx, compared, after, in, origin); err != nil {
			return failed(fmt.Errorf("inputs %s: %w", sizes(in), err))
		}
	}
	return after, result, nil
}

// comparedWith is the model before as it is to be compared with: at the outputs that a pass chose on purpose. origin finds
// its values for those after.
func comparedWith(before, after *graph.Model, r *pipeline.Result) (*graph.Model, func(*graph.Value) *graph.Value, error) {
	if !r.ChangedInterface() {
		return before, (*graph.Value).Origin, nil
	}
	view, err := model.ViewAt(before, after, r.Entrances, (*graph.Value).Origin)
	if err != nil {
		return nil, nil, err
	}
	if len(view.Lost) > 0 {
		return nil, nil, fmt.Errorf("output %q is no value of the model before, so nothing shows what it has to be", view.Lost[0].Name())
	}
	return view.Model, view.Origin, nil
}

// inputsOf are the inputs of a model out of those of the one that it came of. New ones are generated.
func inputsOf(m *graph.Model, in tensor.Map, seed uint64) tensor.Map {
	of := tensor.Map{}
	for _, v := range m.Graph.Inputs() {
		if t := in[v.Name()]; t != nil {
			of[v.Name()] = t
		} else if made := Inputs(m, nil, seed)[v.Name()]; made != nil {
			of[v.Name()] = made
		}
	}
	return of
}

// kept reports what a rewritten model may not have: an invalid graph, another interface, a name twice.
func kept(before, after *graph.Model) error {
	if err := op.Check(after.Graph); err != nil {
		return fmt.Errorf("invalid graph: %w", err)
	}
	if got, want := Interface(after), Interface(before); got != want {
		return fmt.Errorf("the interface was %s and is %s", want, got)
	}
	if err := sameTypes(before.Graph, after.Graph); err != nil {
		return err
	}
	if what := mixed(after.Graph); what != "" && mixed(before.Graph) == "" {
		return errors.New(what)
	}
	if twice := nameTwice(after); twice != "" && nameTwice(before) == "" {
		return fmt.Errorf("two nodes have the name %q", twice)
	}
	return nil
}

// same reports that the files of two models would not have the same bytes. A model that cannot be written is compared as text.
func same(before, after *graph.Model) error {
	if Text(before) != Text(after) {
		return errors.New("its text is another one")
	}
	var was, is bytes.Buffer
	if _, err := onnx.Encode(&was, before); err != nil {
		return nil //nolint:nilerr // the text is all there is to compare
	}
	if _, err := onnx.Encode(&is, after); err != nil {
		return err
	}
	if !bytes.Equal(was.Bytes(), is.Bytes()) {
		return errors.New("its text is the same, and the bytes of its file are others; declared types, documentation and metadata have to stay, too")
	}
	return nil
}

// Text is the model in ONNX's textual syntax.
func Text(m *graph.Model) string {
	var b strings.Builder
	_ = m.Text(&b) // a strings.Builder takes everything
	return b.String()
}

// Interface is the names, types and order of the inputs and outputs that a caller sees, as one line.
func Interface(m *graph.Model) string {
	var b strings.Builder
	for _, v := range m.Graph.Inputs() {
		if v.Constant() == nil {
			fmt.Fprintf(&b, "%s %s, ", v.Name(), v.Type())
		}
	}
	b.WriteString("=> ")
	for _, v := range m.Graph.Outputs() {
		fmt.Fprintf(&b, "%s %s, ", v.Name(), v.Type())
	}
	return b.String()
}

// sameTypes reports an output that is computed in another element type than before. What an output is declared as
// does not tell.
func sameTypes(before, after *graph.Graph) error {
	was, is := shapes.Of(before), shapes.Of(after)
	for i, v := range before.Outputs() {
		a, b := was.Elem(v), is.Elem(after.Outputs()[i])
		if a != b && a != tensor.Undefined && b != tensor.Undefined {
			return fmt.Errorf("output %q was %s and is %s", v.Name(), a, b)
		}
	}
	return nil
}

// mixed says which node has operands of two types that have to be of one, which engines refuse; empty where there is none.
func mixed(g *graph.Graph) string {
	oneType := []string{"Add", "Concat", "Conv", "ConvTranspose", "Div", "Gemm", "MatMul", "Max", "Mean", "Min", "Mul", "Sub", "Sum"}
	for sub := range g.All() {
		known := shapes.Of(sub)
		for n := range sub.Nodes() {
			if !slices.ContainsFunc(oneType, n.Is) {
				continue
			}
			first := tensor.Undefined
			for _, v := range n.Inputs() {
				elem := known.Elem(v)
				if first != tensor.Undefined && elem != tensor.Undefined && elem != first {
					return fmt.Sprintf("node %s has operands of %s and %s, which have to be of one type", n.Label(), first, elem)
				}
				first = max(first, elem)
			}
		}
	}
	return ""
}

// nameTwice is a name that two nodes have, which engines refuse; empty where there is none.
func nameTwice(m *graph.Model) string {
	seen := map[string]bool{}
	for g := range m.Graph.All() {
		for n := range g.Nodes() {
			if n.Name != "" && seen[n.Name] {
				return n.Name
			}
			seen[n.Name] = true
		}
	}
	return ""
}
