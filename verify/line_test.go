package verify

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/tensor"
)

// chain is x → a → b → c, with a second reader of a at the end.
func chain(t *testing.T) *graph.Model {
	t.Helper()
	n := newNet(t)
	a := n.relu("a", n.input("x", tensor.Float32, 1))
	c := n.node("c", "Neg", []*graph.Value{n.relu("b", a)})
	return n.model(n.node("d", "Add", []*graph.Value{c, a}))
}

func one() tensor.Map { return tensor.Map{"x": tensor.Of([]int64{1}, 1.0)} }

func lineOf(t *testing.T, f *fake, m *graph.Model) *line {
	t.Helper()
	l, err := newLine(f, m, one())
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// steps runs some nodes.
func steps(t *testing.T, l *line, count int) {
	t.Helper()
	for range count {
		if n, err := l.step(t.Context()); n == nil || err != nil {
			t.Fatalf("the next node is %v, %v", n, err)
		}
	}
}

// TestLineForgets keeps a value up to its last reader, and no longer.
func TestLineForgets(t *testing.T) {
	f, m := newFake(), chain(t)
	l := lineOf(t, f, m)
	for _, want := range [][]string{{"a"}, {"a", "b"}, {"a", "c"}, {"d"}} {
		steps(t, l, 1)
		if got := f.names(); !slices.Equal(got, want) {
			t.Errorf("held are %v, want %v", got, want)
		}
	}
	if n, err := l.step(t.Context()); n != nil || err != nil {
		t.Errorf("after the end comes %v, %v", n, err)
	}
}

// TestLineHolds keeps a value until everybody has let go who holds it, and the readers have run.
func TestLineHolds(t *testing.T) {
	f, m := newFake(), chain(t)
	l := lineOf(t, f, m)
	b, d := value(t, m, "b"), value(t, m, "d")
	l.hold(b)
	l.hold(b)
	steps(t, l, 3)
	l.release(b)
	if got := f.names(); !slices.Equal(got, []string{"a", "b", "c"}) {
		t.Errorf("held are %v", got)
	}
	l.release(b)
	if got := f.names(); !slices.Equal(got, []string{"a", "c"}) {
		t.Errorf("held are %v after all have let go", got)
	}
	l.hold(d)
	steps(t, l, 1)
	l.release(d)
	if _, _, err := l.value(d); err != nil {
		t.Errorf("an output is forgotten: %v", err)
	}
}

// TestLineForgetsResultsThatNobodyReads drops them at once, and what a sub-graph reads after the node of the sub-graph.
func TestLineForgetsResultsThatNobodyReads(t *testing.T) {
	n := newNet(t)
	x := n.input("x", tensor.Float32, 1)
	a := n.relu("a", x)
	n.relu("unread", x)
	then, otherwise := n.body("then"), n.body("else")
	then.g.AddOutput(then.relu("inner", a))
	otherwise.g.AddOutput(otherwise.relu("other", x))
	y := n.branch("y", n.node("condition", "Cast", []*graph.Value{x}), then, otherwise)
	f, m := newFake(), n.model(y)
	l := lineOf(t, f, m)
	steps(t, l, 3)
	if got := f.names(); !slices.Equal(got, []string{"a", "condition", "x"}) {
		t.Errorf("held are %v", got)
	}
	steps(t, l, 1)
	if got := f.names(); !slices.Equal(got, []string{"y"}) {
		t.Errorf("held are %v at the end", got)
	}
}

// TestLineKeepsFailures goes on after a node that cannot be run. What comes after it is lost for the same reason.
func TestLineKeepsFailures(t *testing.T) {
	f, m := newFake(), chain(t)
	f.broken = "Neg"
	l := lineOf(t, f, m)
	steps(t, l, 4)
	for _, name := range []string{"c", "d"} {
		if _, _, err := l.value(value(t, m, name)); err == nil || err.Error() != "it is broken" {
			t.Errorf("%s: %v", name, err)
		}
	}
	if len(l.replaced) != 0 {
		t.Errorf("replaced is %v", l.replaced)
	}
}

// TestLineSubstitutes goes on with other numbers, and remembers that it does.
func TestLineSubstitutes(t *testing.T) {
	f, m := newFake(), chain(t)
	f.broken = "Neg"
	l := lineOf(t, f, m)
	other := tensor.Of([]int64{1}, 7.0)
	l.substitute = func(v *graph.Value) (*tensor.Tensor, tensor.Type) {
		if v.Name() != "c" {
			return nil, tensor.Undefined
		}
		return other, tensor.Float32
	}
	steps(t, l, 4)
	if got, _, err := l.value(value(t, m, "d")); err != nil || got != other {
		t.Errorf("d is %v, %v", got, err)
	}
	if len(l.replaced) != 1 || l.replaced[0].Error() != "it is broken" {
		t.Errorf("replaced is %v", l.replaced)
	}
}

// TestLineUntil runs no further than it has to.
func TestLineUntil(t *testing.T) {
	f, m := newFake(), chain(t)
	f.broken = "Neg"
	l := lineOf(t, f, m)
	for range 2 { // the second time it is there
		if err := l.until(t.Context(), value(t, m, "b")); err != nil || len(l.rest) != 2 {
			t.Errorf("%v, %d nodes are left", err, len(l.rest))
		}
	}
	if err := l.until(t.Context(), value(t, m, "c")); err != nil || len(l.rest) != 1 {
		t.Errorf("until a value that is lost: %v, %d nodes are left", err, len(l.rest))
	}
	foreign := value(t, chain(t), "a")
	if err := l.until(t.Context(), foreign); err == nil || err.Error() != `no node computes value "a"` {
		t.Errorf("a value of another graph: %v", err)
	}
}

// TestLineEndsWithTheContext takes no node for broken because the run was called off.
func TestLineEndsWithTheContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	l := lineOf(t, newFake(), chain(t))
	if n, err := l.step(ctx); n != nil || !errors.Is(err, context.Canceled) || len(l.failed) != 0 {
		t.Errorf("got %v, %v, failed are %v", n, err, l.failed)
	}
}

// TestLineInputs needs every input but one that has a default.
func TestLineInputs(t *testing.T) {
	n := newNet(t)
	x, w := n.input("x", tensor.Float32, 1), n.input("w", tensor.Float32, 1)
	if _, err := n.g.AddInitializer("w", repeated([]int64{1}, 2)); err != nil {
		t.Fatal(err)
	}
	m := n.model(n.node("y", "Add", []*graph.Value{x, w}))
	if _, err := newLine(newFake(), m, tensor.Map{}); err == nil || err.Error() != `input "x" is missing` {
		t.Errorf("without an input: %v", err)
	}
	f := newFake()
	if _, err := newLine(f, m, one()); err != nil || !slices.Equal(f.names(), []string{"x"}) {
		t.Errorf("with a default: %v, set are %v", err, f.names())
	}
	both := one()
	both["w"] = both["x"]
	f = newFake()
	if _, err := newLine(f, m, both); err != nil || !slices.Equal(f.names(), []string{"w", "x"}) {
		t.Errorf("with both: %v, set are %v", err, f.names())
	}
}
