// Package passtest checks that a pass keeps its promises: the interface of the graph stays, the graph
// is valid, the answers are equal in float64, a second run changes nothing, and a refusal leaves the
// graph as it was. It is public, for custom passes too.
package passtest

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/backends/reference"
	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/pipeline"
	"github.com/acdeploy/acdeploy/tensor"
)

// Tolerance is how far two graphs that are the same function may differ in float64, relative to the
// largest magnitude of the output.
const Tolerance = 1e-12

// Run applies the steps to a fixed point and checks every promise. build makes the model anew each
// time; inputs are the sizes to try, each a shape for every input in order. It returns the rewritten
// model and the record.
func Run(tb testing.TB, build func() *graph.Model, steps []pipeline.Step, shapes ...[][]int64) (*graph.Model, *pipeline.Result) {
	tb.Helper()
	before, after := build(), build()
	result, err := pipeline.Run(context.Background(), after.Graph, steps, pipeline.Options{})
	if err != nil {
		tb.Fatalf("%v\n%s", err, Text(tb, before))
	}
	if err := after.Check(); err != nil {
		tb.Fatalf("invalid graph: %v\n%s", err, Text(tb, after))
	}
	if got, want := Interface(after), Interface(before); got != want {
		tb.Fatalf("the interface was %s and is %s", want, got)
	}
	if result.Rewrites() == 0 && Text(tb, after) != Text(tb, before) {
		tb.Fatalf("nothing was rewritten, yet the graph changed\nbefore\n%s\nafter\n%s", Text(tb, before), Text(tb, after))
	}
	once := Text(tb, after)
	again, err := pipeline.Run(context.Background(), after.Graph, steps, pipeline.Options{})
	if err != nil || again.Rewrites() != 0 || Text(tb, after) != once {
		tb.Fatalf("a second run made %d rewrites (%v)\nonce\n%s\ntwice\n%s", again.Rewrites(), err, once, Text(tb, after))
	}
	for i, shape := range shapes {
		in := Inputs(before, shape, uint64(i))
		if diff, err := Difference(before, after, in); err != nil || diff > Tolerance {
			tb.Fatalf("shapes %v: the answers differ by %g of the output's scale (%v)\nbefore\n%s\nafter\n%s",
				shape, diff, err, Text(tb, before), Text(tb, after))
		}
	}
	return after, result
}

// Text is the model in ONNX's textual syntax.
func Text(tb testing.TB, m *graph.Model) string {
	tb.Helper()
	var b strings.Builder
	if err := m.Text(&b); err != nil {
		tb.Fatal(err)
	}
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

// Difference runs both models in float64 without rounding and returns the largest difference of their
// outputs, relative to the largest magnitude of the first model's output.
func Difference(before, after *graph.Model, in tensor.Map) (float64, error) {
	want, err := outputs(before, in)
	if err != nil {
		return 0, fmt.Errorf("run before: %w", err)
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

func outputs(m *graph.Model, in tensor.Map) (tensor.Map, error) {
	s, err := reference.OpenGraph(m)
	if err != nil {
		return nil, err
	}
	defer func() { _ = s.Close() }()
	return s.RunFloat64(context.Background(), in)
}

func difference(want, got *tensor.Tensor) (float64, error) {
	if got == nil || tensor.FormatShape(got.Shape()) != tensor.FormatShape(want.Shape()) {
		return 0, fmt.Errorf("shapes differ")
	}
	w, g := want.Float64s(), got.Float64s()
	scale, worst := want.MaxAbs(), 0.0
	for i := range w {
		if w[i] == g[i] || math.IsNaN(w[i]) && math.IsNaN(g[i]) {
			continue
		}
		worst = max(worst, math.Abs(w[i]-g[i]))
	}
	if worst == 0 {
		return 0, nil
	}
	return worst / max(scale, math.SmallestNonzeroFloat64), nil
}
