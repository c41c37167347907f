package verify

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/tensor"
)

// fake is an evaluation that computes nothing: a node gives its results what the first of its operands holds. It notes what
// is asked of it.
type fake struct {
	holds     map[*graph.Value]*tensor.Tensor
	forgotten []string
	broken    string // the operator that fails
	watch     func(v *graph.Value, shape []int, elem tensor.Type)
}

func newFake() *fake { return &fake{holds: map[*graph.Value]*tensor.Tensor{}} }

func (f *fake) Set(v *graph.Value, t *tensor.Tensor, _ tensor.Type) error {
	f.holds[v] = t
	return nil
}

func (f *fake) Compute(ctx context.Context, n *graph.Node) error {
	if n.Is(f.broken) {
		return errors.New("it is broken")
	}
	for _, v := range n.Inputs() {
		if v.Constant() == nil && f.holds[v] == nil {
			return errors.New(v.Name() + " is not there")
		}
	}
	for k := range n.NumOutputs() {
		f.holds[n.Output(k)] = f.holds[n.Input(0)]
	}
	return ctx.Err()
}

func (f *fake) Value(v *graph.Value) (*tensor.Tensor, tensor.Type, error) {
	if f.holds[v] == nil {
		return nil, tensor.Undefined, errors.New(v.Name() + " is not there")
	}
	return f.holds[v], tensor.Float32, nil
}

func (f *fake) Forget(v *graph.Value) {
	if f.holds[v] != nil {
		f.forgotten = append(f.forgotten, v.Name())
	}
	delete(f.holds, v)
}

func (f *fake) Watch(watch func(v *graph.Value, shape []int, elem tensor.Type)) { f.watch = watch }

// names are the values that are held.
func (f *fake) names() []string {
	var names []string
	for v := range f.holds {
		names = append(names, v.Name())
	}
	slices.Sort(names)
	return names
}

// fakeExecutor runs graphs with evaluations of a type of its own.
type fakeExecutor struct {
	made   *fake
	closed bool
}

func (e *fakeExecutor) RunFloat64(_ context.Context, in tensor.Map) (tensor.Map, error) {
	return in, nil
}

func (e *fakeExecutor) Evaluate() *fake { return e.made }

func (e *fakeExecutor) Close() error {
	e.closed = true
	return nil
}

// TestExactBy makes an executor with a type of its own an [Exact], which passes every call on.
func TestExactBy(t *testing.T) {
	n := newNet(t)
	m := n.model(n.relu("y", n.input("x", tensor.Float32, 1)))
	e := &fakeExecutor{made: newFake()}
	var opened *graph.Model
	s, err := ExactBy(func(m *graph.Model) (*fakeExecutor, error) {
		opened = m
		return e, nil
	})(m)
	if err != nil || opened != m {
		t.Fatalf("%v, of another model: %v", err, opened != m)
	}
	if s.Evaluate() != Evaluation(e.made) {
		t.Error("it is another evaluation")
	}
	in := tensor.Map{"x": tensor.Of([]int64{1}, 1.0)}
	if out, err := s.RunFloat64(t.Context(), in); err != nil || out["x"] != in["x"] {
		t.Errorf("got %v, %v", out, err)
	}
	if err := s.Close(); err != nil || !e.closed {
		t.Errorf("it is open: %v", err)
	}
	cause := errors.New("it does not open")
	s, err = ExactBy(func(*graph.Model) (*fakeExecutor, error) { return nil, cause })(m)
	if s != nil || !errors.Is(err, cause) {
		t.Errorf("got %v, %v", s, err)
	}
}
