package verify

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/tensor"
)

// mostAlgebra is the bound for a region however ill-conditioned it is: less than a wrong fold does, or float32 rounds.
const mostAlgebra = 1e-9

// byConstants compares a region by the constants in which its two versions differ. That they are different says nothing yet.
func (a *RegionProof) byConstants(ctx context.Context, r *region) (done bool, err error) {
	if a.drawn > 0 {
		return a.byStoredConstants(ctx, r)
	}
	worst := 0.0
	for _, part := range r.constants {
		two := a.versions(part)
		want, errWas := two.was.run(ctx, nil, nil)
		got, errIs := two.is.run(ctx, nil, nil)
		if errWas != nil || errIs != nil {
			return false, ctx.Err()
		}
		if worst = max(worst, difference64(want, got)); !(worst <= AlgebraTolerance) {
			return false, nil
		}
	}
	if len(r.constants) > 0 {
		v := a.verdicts[r]
		v.rel, v.compared = worst, true
		for _, g := range r.graphs { // they are the same in both
			v.ran[g.graph] = true
		}
	}
	return len(r.constants) > 0, nil
}

// input is what an input of a region holds; nil where it is not known.
type input struct {
	tensor *tensor.Tensor
	elem   tensor.Type
}

// over compares both versions of a region over the same inputs.
func (a *RegionProof) over(ctx context.Context, r *region, inputs []input) error {
	_, err := a.both(ctx, r, inputs)
	return err
}

// both is [RegionProof.over] that returns the results of the versions; nil where one has none.
func (a *RegionProof) both(ctx context.Context, r *region, inputs []input) (results side[*tensor.Tensor], err error) {
	v := a.verdicts[r]
	two := a.versions(r)
	ran := map[*graph.Graph]bool{}
	was := watched(two.was.exact.Evaluate(), r, ran)
	want, errWas := two.was.runIn(ctx, was, inputs, nil)
	is := watched(two.is.exact.Evaluate(), r, ran)
	got, errIs := two.is.runIn(ctx, is, inputs, nil)
	if err := ctx.Err(); err != nil {
		return results, err
	}
	if err := errors.Join(errWas, errIs); err != nil {
		if errWas == nil && a.drawn+a.outside == 0 { // the second version fails where the first does not
			a.note(r, want, math.Inf(1), AlgebraTolerance, nil)
		} else if !v.compared {
			v.reason = reasonOf(errWas, errIs)
		}
		return results, nil
	}
	if a.drawn > 0 {
		rel, bound := two.is.rounded(ctx, inputs, want, got, a.drawn)
		v.apart(want, got, rel, bound)
		a.note(r, want, rel, max(bound, AlgebraTolerance), ran)
		return results, a.ask(ctx, r, side[Evaluation]{was, is}, inputs, got)
	}
	rel, bound := difference64(want, got), AlgebraTolerance
	if !(rel <= bound) && !math.IsInf(rel, 1) {
		bound = max(two.was.bound(ctx, inputs, want), two.is.bound(ctx, inputs, got))
	}
	if a.outside > 0 && !(rel <= bound) {
		rel, bound = two.is.rounded(ctx, inputs, want, got, a.outside)
		bound, v.rounded = max(bound, AlgebraTolerance), true
		v.apart(want, got, rel, bound)
	}
	a.note(r, want, rel, bound, ran)
	return side[*tensor.Tensor]{want, got}, a.ask(ctx, r, side[Evaluation]{was, is}, inputs, got)
}

// note keeps what a comparison of a region shows, and which graphs it ran. Where a region reads numbers and its result has none, that is
// nothing, unless it never has one.
func (a *RegionProof) note(r *region, want *tensor.Tensor, rel, bound float64, ran map[*graph.Graph]bool) {
	v := a.verdicts[r]
	if want.Len() == 0 && rel <= bound && a.readsNumbers(r) && (r.branch != nil || !a.empty[r.result.was]) {
		if !v.compared {
			v.reason = "its result is empty"
		}
		return
	}
	if v.note(want, rel, bound) {
		v.shown++
		maps.Copy(v.ran, ran)
	}
}

// readsNumbers reports whether a region has an input that is not known to be empty or of another type. In a branch it may be empty for want
// of a size that fits.
func (a *RegionProof) readsNumbers(r *region) bool {
	return slices.ContainsFunc(r.inputs, func(s side[*graph.Value]) bool {
		t, known := a.typeOf(r, s.was)
		return !known || t.elem.IsFloat() && (r.branch != nil || !slices.Contains(t.shape, 0))
	})
}

// reasonOf is the first of two errors.
func reasonOf(errWas, errIs error) string {
	if errWas != nil {
		return errWas.Error()
	}
	return errIs.Error()
}

// bound is that of a region: how far its result moves when its constants move, times what float64 explains of a region that
// does not amplify, at most mostAlgebra.
func (v version) bound(ctx context.Context, inputs []input, result *tensor.Tensor) float64 {
	moved, err := v.run(ctx, inputs, nudgeOf)
	if err != nil {
		return AlgebraTolerance
	}
	return boundOf(result, moved)
}

// boundOf is the bound where a result moves that far with its constants.
func boundOf(result, moved *tensor.Tensor) float64 {
	by := difference64(result, moved) / nudge
	if !finite(by) {
		return AlgebraTolerance
	}
	return min(AlgebraTolerance*max(by, 1), mostAlgebra)
}

// nudgeOf is a tensor with every number moved.
func nudgeOf(t *tensor.Tensor, salt uint64) *tensor.Tensor {
	return tensor.Compute(t.Type(), t.Shape(), nudged{t, salt})
}

// version is what one model has as a region.
type version struct {
	exact  Exact
	result *graph.Value
	inputs []*graph.Value // in the order of the region's; nil where only the other version reads one
	nodes  []*graph.Node
	given  map[*graph.Value]input // takes the place of what a node computes
}

func (a *RegionProof) versions(r *region) side[version] {
	two := side[version]{version{exact: a.was, result: r.result.was, nodes: r.nodes.was}, version{exact: a.is, result: r.result.is, nodes: r.nodes.is}}
	for _, v := range r.inputs {
		two.was.inputs, two.is.inputs = append(two.was.inputs, v.was), append(two.is.inputs, v.is)
	}
	return two
}

// run computes the result of a version of a region. move changes its constants; nil leaves them.
func (v version) run(ctx context.Context, inputs []input, move func(t *tensor.Tensor, salt uint64) *tensor.Tensor) (*tensor.Tensor, error) {
	return v.runIn(ctx, v.exact.Evaluate(), inputs, move)
}

// runIn is [version.run] in an evaluation, where constants that were moved stay as they are.
func (v version) runIn(ctx context.Context, run Evaluation, inputs []input, move func(t *tensor.Tensor, salt uint64) *tensor.Tensor) (*tensor.Tensor, error) {
	for i, to := range v.inputs {
		if to == nil {
			continue
		}
		if inputs[i].tensor == nil {
			return nil, fmt.Errorf("the values of %q could not be computed", to.Name())
		}
		if err := run.Set(to, inputs[i].tensor, inputs[i].elem); err != nil {
			return nil, err
		}
	}
	for k, n := range v.nodes {
		if move != nil {
			if err := moveConstants(run, n, uint64(k), move); err != nil {
				return nil, err
			}
		}
		if err := run.Compute(ctx, n); err != nil {
			return nil, err
		}
		for to, in := range v.given {
			if to.Producer() != n {
				continue
			}
			if err := run.Set(to, in.tensor, in.elem); err != nil {
				return nil, err
			}
		}
	}
	t, _, err := run.Value(v.result)
	return t, err
}

// choosesSize reports whether the constants of an operator say how large its result is. Whoever changes weights leaves them as they are.
func choosesSize(n *graph.Node) bool {
	return slices.ContainsFunc([]string{"Resize", "Upsample", "Range", "NonMaxSuppression"}, n.Is)
}

// moveConstants moves the floating-point constants that a node reads, those for which move gives another tensor.
func moveConstants(run Evaluation, n *graph.Node, salt uint64, move func(*tensor.Tensor, uint64) *tensor.Tensor) error {
	if choosesSize(n) {
		return nil
	}
	for k, v := range n.Inputs() {
		if t := v.Constant(); t != nil && t.Type().IsFloat() && t.Finite() {
			moved := move(t, salt<<8|uint64(k))
			if moved == nil {
				continue
			}
			if err := run.Set(v, moved, t.Type()); err != nil {
				return err
			}
		}
	}
	return nil
}

// difference64 is the largest difference of two tensors over the largest magnitude of the first, infinite where they are
// of different shapes or types, and where they are not floating-point numbers and not the very same.
func difference64(want, got *tensor.Tensor) float64 {
	var d tensor.Difference
	if err := d.AddTensors(want, got); err != nil || !want.Type().IsFloat() && d.MaxAbs > 0 {
		return math.Inf(1)
	}
	return d.Relative()
}
