// Package passtest checks that a pass keeps its promises: the interface of the graph stays, the graph
// is valid, the answers are equal in float64, a second run changes nothing, and a refusal leaves the
// graph as it was. It is public, for custom passes too.
package passtest

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/backends/reference"
	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/op"
	"github.com/acdeploy/acdeploy/internal/shapes"
	"github.com/acdeploy/acdeploy/model"
	"github.com/acdeploy/acdeploy/pipeline"
	"github.com/acdeploy/acdeploy/tensor"
	"github.com/acdeploy/acdeploy/verify"
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
// model and the record; the error shows the graphs. A model whose outputs a [pipeline.InterfaceChanger] changed is compared at these.
func Check(build func() *graph.Model, steps []pipeline.Step, shapes ...[][]int64) (*graph.Model, *pipeline.Result, error) {
	ctx := context.Background()
	before := build()
	after := before.Clone()
	original := Text(before)
	result, err := pipeline.Run(ctx, after.Graph, steps, pipeline.Options{})
	if err != nil {
		return nil, nil, fmt.Errorf("%w\n%s", err, original)
	}
	if err := op.Check(after.Graph); err != nil {
		return nil, nil, fmt.Errorf("invalid graph: %w\n%s", err, Text(after))
	}
	compared := model.View{Model: before}
	origin := (*graph.Value).Origin
	if result.ChangedInterface() { // on purpose: the model before is read at the outputs that there are now
		compared = model.ViewAt(before, after, origin)
		origin = compared.Origin
		if len(compared.Lost) > 0 {
			return nil, nil, fmt.Errorf("output %q is no value of the model before, so nothing shows what it has to be\n%s", compared.Lost[0].Name(), Text(after))
		}
	}
	before = compared.Model
	if got, want := Interface(after), Interface(before); got != want {
		return nil, nil, fmt.Errorf("the interface was %s and is %s", want, got)
	}
	if err := sameTypes(before.Graph, after.Graph); err != nil {
		return nil, nil, fmt.Errorf("%w\n%s", err, Text(after))
	}
	if twice := nameTwice(after); twice != "" && nameTwice(before) == "" {
		return nil, nil, fmt.Errorf("two nodes have the name %q\n%s", twice, Text(after))
	}
	once := Text(after)
	if result.Rewrites() == 0 && once != original {
		return nil, nil, fmt.Errorf("nothing was rewritten, yet the graph changed\nbefore\n%s\nafter\n%s", original, once)
	}
	again, err := pipeline.Run(ctx, after.Graph, steps, pipeline.Options{})
	if err != nil {
		return nil, nil, fmt.Errorf("a second run: %w\n%s", err, once)
	}
	if twice := Text(after); again.Rewrites() != 0 || twice != once {
		return nil, nil, fmt.Errorf("a second run made %d rewrites\nonce\n%s\ntwice\n%s", again.Rewrites(), once, twice)
	}
	for i, shape := range shapes {
		if err := Equal(before, after, Inputs(before, shape, uint64(i))); err != nil {
			return nil, nil, fmt.Errorf("shapes %v: %w\nbefore\n%s\nafter\n%s", shape, err, original, once)
		}
		if err := regions(ctx, before, after, Inputs(before, shape, uint64(i)), origin); err != nil {
			return nil, nil, fmt.Errorf("shapes %v: %w\nbefore\n%s\nafter\n%s", shape, err, original, once)
		}
	}
	return after, result, nil
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
			fmt.Fprintf(&b, "%s %s, ", v.Name(), v.Type)
		}
	}
	b.WriteString("=> ")
	for _, v := range m.Graph.Outputs() {
		fmt.Fprintf(&b, "%s %s, ", v.Name(), v.Type)
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

// Inputs makes normally distributed inputs of the given shapes.
func Inputs(m *graph.Model, shapes [][]int64, seed uint64) tensor.Map {
	r := rand.New(rand.NewPCG(seed, 77))
	in := tensor.Map{}
	i := 0
	for _, v := range m.Graph.Inputs() {
		if v.IsInitializer() || i >= len(shapes) {
			continue
		}
		n, _ := tensor.Count(shapes[i])
		data := make([]float64, n)
		for j := range data {
			data[j] = r.NormFloat64()
		}
		in[v.Name()] = tensor.Of(shapes[i], data...)
		i++
	}
	return in
}

// Equal reports where the answers of two models differ by more than [Tolerance].
func Equal(before, after *graph.Model, in tensor.Map) error {
	diff, err := Difference(before, after, in)
	if err == nil && !(diff <= Tolerance) {
		err = fmt.Errorf("the answers differ by %g of the output's scale", diff)
	}
	return err
}

// Regions reports a value of a rewritten clone that holds other numbers than its [graph.Value.Origin]. A pass that gives a
// value another meaning makes it a new value, or calls [graph.Value.Redefine].
func Regions(ctx context.Context, before, after *graph.Model, in tensor.Map) error {
	return regions(ctx, before, after, in, (*graph.Value).Origin)
}

func regions(ctx context.Context, before, after *graph.Model, in tensor.Map, origin func(*graph.Value) *graph.Value) error {
	open := verify.ExactBy(reference.OpenPartly)
	was, err := open(before)
	if err != nil {
		return err
	}
	is, err := open(after)
	if err != nil {
		return err
	}
	proof := verify.NewRegionProof(before, after, was, is, origin, 1)
	if _, _, err := proof.Compare(ctx, in, true); err != nil && !errors.Is(err, verify.ErrFirst) {
		return err
	}
	if r := proof.Result(); !r.Equal() {
		return fmt.Errorf("value %q holds other numbers than before, by %g of its scale; a value that means something else has to be a new one, or be redefined", r.Worst.Value, float64(r.Worst.MaxRel))
	}
	return nil
}

// ErrBefore is the error of [Difference] when the first model does not run or gives nothing, so that there
// is nothing to compare with.
var ErrBefore = errors.New("the model before does not run")

// Difference runs both models in float64 without rounding and returns the largest difference of their
// outputs, relative to the largest magnitude of the first model's output.
func Difference(before, after *graph.Model, in tensor.Map) (float64, error) {
	want, err := outputs(before, in)
	if err != nil {
		return 0, fmt.Errorf("%w: %w", ErrBefore, err)
	}
	if vacuous(want) {
		return 0, fmt.Errorf("%w to any number", ErrBefore)
	}
	got, err := outputs(after, in)
	if err != nil {
		return 0, fmt.Errorf("run after: %w", err)
	}
	worst := 0.0
	for name, w := range want {
		diff, err := difference(w, got[name])
		if err != nil {
			return 0, fmt.Errorf("output %q: %w", name, err)
		}
		worst = max(worst, diff)
	}
	return worst, nil
}

// vacuous reports an output without a single finite number.
func vacuous(out tensor.Map) bool {
	for _, t := range out {
		if !slices.ContainsFunc(t.Float64s(), func(v float64) bool { return !math.IsInf(v, 0) && !math.IsNaN(v) }) {
			return true
		}
	}
	return false
}

func outputs(m *graph.Model, in tensor.Map) (tensor.Map, error) {
	s, err := reference.OpenGraph(m)
	if err != nil {
		return nil, err
	}
	defer func() { _ = s.Close() }()
	return s.RunFloat64(context.Background(), in)
}

func difference(want, got *tensor.Tensor) (float64, error) {
	if got == nil {
		return 0, errors.New("it is missing")
	}
	var d tensor.Difference
	err := d.AddTensors(want, got)
	return d.Relative(), err
}
