// Package reduce makes a model with a fault as small as it can be while the fault still shows: delta debugging.
//
//	nodes     the fewest that are still bad; what the others computed becomes an input
//	sizes     the batch, channels and images as small as they can be
//	weights   zeros and ones wherever the numbers do not matter
//
// What is bad is for a [Check] to say. Each step is kept only if its model is still bad.
package reduce

import (
	"context"
	"errors"
	"fmt"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/human"
	"github.com/acdeploy/acdeploy/internal/op"
	"github.com/acdeploy/acdeploy/tensor"
)

// Check says whether a model is still bad. An error ends the reduction.
type Check func(ctx context.Context, m *graph.Model) (bad bool, err error)

// ErrGood says that there is nothing to reduce: the check finds nothing wrong.
var ErrGood = errors.New("the check finds nothing wrong with the model as it is")

// Options of [Model].
type Options struct {
	Check Check
	// Runs reports whether a model can be run at all, with an error if not. A model with other sizes or weights is tried only if it
	// can, so that a check that fails for that reason is not mistaken for the fault. It is not asked where the model that is
	// reduced cannot be run. Nil stands for a model that always can.
	Runs func(ctx context.Context, m *graph.Model) error
	// Kept is told of each model that is smaller and still bad; nil for nobody. Its error ends the reduction.
	Kept func(m *graph.Model) error
	// Tell is told how far the reduction is; nil for nobody.
	Tell func(p Progress)
}

// Progress is how far a reduction is.
type Progress struct {
	Doing    string // what is being reduced: nodes, sub-graphs, sizes or weights
	Checks   int
	Nodes    int
	Elements int64 // of initializers
}

// String is a line for people.
func (p Progress) String() string {
	return fmt.Sprintf("%s: %s and %s numbers left after %s", p.Doing, human.Count(p.Nodes, "node"), human.Thousands(p.Elements), human.Count(p.Checks, "check"))
}

// Model reduces a model. It returns the smallest one that is still bad, also with an error, such as that of an interrupt; nil where
// the model itself was not found to be. The model stays as it is.
func Model(ctx context.Context, m *graph.Model, o Options) (*graph.Model, error) {
	r := &reducer{ctx: ctx, Options: o, doing: "nodes"}
	bad, err := r.bad(m)
	switch {
	case err != nil:
		return nil, err
	case !bad:
		return nil, ErrGood
	}
	r.best = m
	for _, step := range []struct {
		doing string
		do    func()
	}{{"nodes", r.nodes}, {"sub-graphs", r.subgraphs}, {"sizes", r.sizes}, {"weights", r.weights}} {
		r.doing = step.doing
		if r.err == nil {
			step.do()
		}
	}
	return r.best, r.err
}

// reducer is one reduction under way.
type reducer struct {
	Options
	ctx    context.Context
	best   *graph.Model
	doing  string
	checks int
	err    error // that ended it
}

// bad asks the check.
func (r *reducer) bad(m *graph.Model) (bool, error) {
	if err := r.ctx.Err(); err != nil {
		return false, err
	}
	r.checks++
	return r.Check(r.ctx, m)
}

// try keeps a model if it is still bad.
func (r *reducer) try(m *graph.Model) bool {
	if r.err != nil || m == nil || op.Check(m.Graph) != nil {
		return false
	}
	bad, err := r.bad(m)
	if err == nil && bad {
		r.best = m
		if r.Kept != nil {
			err = r.Kept(m)
		}
	}
	r.tell()
	r.err = err
	return bad && err == nil
}

// tryRun is [reducer.try] for a model that may not be one that can be run.
func (r *reducer) tryRun(m *graph.Model) bool {
	if r.err != nil || m == nil || op.Check(m.Graph) != nil || r.Runs != nil && r.Runs(r.ctx, m) != nil {
		return false
	}
	return r.try(m)
}

func (r *reducer) tell() {
	if r.Tell == nil {
		return
	}
	p := Progress{Doing: r.doing, Checks: r.checks}
	for g := range r.best.Graph.All() {
		p.Nodes += g.Len()
		for v := range g.Initializers() {
			if v.Data() != nil {
				p.Elements += int64(v.Data().Len())
			}
		}
	}
	r.Tell(p)
}

// mayRun leaves out the question whether a model can be run where the best one cannot.
func (r *reducer) mayRun() {
	if r.Runs != nil && r.Runs(r.ctx, r.best) != nil {
		r.Runs = nil
	}
}

// fewest finds few of n things such that test, which is told which of them to keep, still holds. It holds for all of them.
// It takes away halves, then quarters, and so on, until no single one can go. At most so many tests are made; 0 for no bound.
func fewest(n, most int, test func(keep []int) bool) []int {
	keep := make([]int, n)
	for i := range keep {
		keep[i] = i
	}
	tests := 0
	without := func(from, to int) bool {
		tests++
		if most > 0 && tests > most {
			return false
		}
		rest := append(append([]int{}, keep[:from]...), keep[to:]...)
		if !test(rest) {
			return false
		}
		keep = rest
		return true
	}
	for size := n; size >= 1; {
		removed := false
		for from := 0; from < len(keep); {
			if without(from, min(from+size, len(keep))) {
				removed = true
			} else {
				from += size
			}
		}
		if size > 1 || !removed {
			size /= 2
		}
	}
	return keep
}

// last is a type without a size that is no number.
func last(t graph.Type) graph.Type {
	return graph.Type{Elem: t.Elem, Other: t.Other}
}

// untyped forgets what a model declares of its inner values and of the sizes of its outputs, which are others soon.
func untyped(m *graph.Model) {
	for g := range m.Graph.All() {
		for n := range g.Nodes() {
			for i := range n.NumOutputs() {
				if v := n.Output(i); v != nil {
					v.SetType(last(v.Type()))
				}
			}
		}
		for v := range g.Initializers() {
			if !v.IsInput() {
				v.SetType(graph.Type{})
			}
		}
	}
}

// isNumber reports whether weights of a type can be replaced by zeros and ones.
func isNumber(t *tensor.Tensor) bool { return t != nil && t.Type().IsFloat() && t.Type().Bits() >= 8 }
