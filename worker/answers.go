package worker

import (
	"fmt"
	"math"
	"slices"

	"github.com/acdeploy/acdeploy/tensor"
)

// run runs every arm and compares: each with its own first answer, and the pairs asked for.
func (s *Server) run(req RunRequest) (*Answers, error) {
	for _, a := range s.arms {
		for range req.Runs {
			if err := a.run(); err != nil {
				return nil, fmt.Errorf("run %s: %w", a.model.Name, err)
			}
		}
	}
	found := &Answers{Agreements: []Agreement{}}
	if peak := peakResident(); peak > 0 {
		found.Peak = &peak // before the outputs are copied
	}
	last := make([]tensor.Map, len(s.arms))
	for i, a := range s.arms {
		out, err := a.result()
		if err != nil {
			return nil, err
		}
		last[i] = out
		found.Agreements = append(found.Agreements, s.compare(i, i, out, a.first, req.Tolerance))
	}
	for _, p := range req.Pairs {
		if p[0] < 0 || p[1] < 0 || p[0] >= len(last) || p[1] >= len(last) {
			return nil, fmt.Errorf("bad pair of arms %v", p)
		}
		found.Agreements = append(found.Agreements, s.compare(p[0], p[1], last[p[0]], last[p[1]], req.Tolerance))
	}
	return found, nil
}

// compare says whether two answers agree within the tolerance of each output. Of an engine that computes in
// less than the type of an output, no more is asked than that allows.
func (s *Server) compare(arm, with int, got, want tensor.Map, tolerance float64) Agreement {
	a := Agreement{Arm: arm, With: with, Equal: true}
	names := make([]string, 0, len(want))
	for name := range want {
		names = append(names, name)
	}
	slices.Sort(names)
	if len(got) != len(want) {
		a.Equal, a.Detail = false, fmt.Sprintf("%d outputs against %d", len(got), len(want))
	}
	worst := 0.0
	for _, name := range names {
		rel, err := difference(got[name], want[name])
		if err != nil {
			a.Equal, worst, a.Detail = false, math.Inf(1), fmt.Sprintf("output %q: %v", name, err)
			continue
		}
		worst = math.Max(worst, rel)
		if allowed := allowance(s.engine.Coarsest(want[name].Type()), tolerance); !(rel <= allowed) {
			a.Equal = false
			a.Detail = fmt.Sprintf("output %q differs by %.3g of its largest magnitude, the limit is %.3g", name, rel, allowed)
		}
	}
	if worst <= math.MaxFloat64 {
		a.MaxRel = &worst
	}
	return a
}

// difference is how far two tensors are apart, see [tensor.Difference.Relative].
func difference(got, want *tensor.Tensor) (float64, error) {
	switch {
	case got == nil || want == nil:
		return 0, fmt.Errorf("the output is missing")
	case want.Type() == tensor.String:
	case want.Type().Bits() < 8 || want.Type().Bits() > 64 || !(want.Type().IsFloat() || want.Type().IsInteger() || want.Type() == tensor.Bool):
		return 0, fmt.Errorf("elements of type %s cannot be compared", want.Type())
	}
	var d tensor.Difference
	err := d.AddTensors(want, got)
	return d.Relative(), err
}

// allowance is the tolerance, or the default of an element type: a hundred or so roundings of a deep
// network, which no wrong fold would stay within.
func allowance(typ tensor.Type, tolerance float64) float64 {
	switch {
	case tolerance > 0:
		return tolerance
	case typ == tensor.Float32:
		return 1e-5
	case typ == tensor.Float64:
		return 1e-12
	case typ == tensor.Float16:
		return 1e-2
	case typ == tensor.BFloat16:
		return 5e-2
	}
	return 0
}
