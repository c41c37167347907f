package judge

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/bench"
)

// PlanDiff compares what an engine runs for the baseline and for a candidate, operator by operator, in
// the order of execution: type, attributes, types and shapes of all tensors, and layouts. Names are left
// out, they differ between training runs.
type PlanDiff struct {
	State       PlanState        `json:"state"`       // whether the engine runs both in the same steps
	Baseline    int              `json:"baseline"`    // operators
	Candidate   int              `json:"candidate"`   // steps of the candidate
	Differing   int              `json:"differing"`   // operators that only one of them has
	Differences []PlanDifference `json:"differences"` // the first of them
	// What the engine says of how it chose each, in a sentence without a full stop; "" for nothing.
	BaselineNote  string `json:"baseline_note,omitempty"`
	CandidateNote string `json:"candidate_note,omitempty"` // the same for the candidate
}

// PlanState is what a comparison of plans found.
type PlanState string

// The states of plans.
const (
	PlansEqual     PlanState = "equal"
	PlansReordered PlanState = "reordered" // the same operators in another order
	PlansDiffer    PlanState = "different"
	PlansUnknown   PlanState = "unknown" // the engine does not tell
)

// PlanDifference is an operator of one plan with the operator in its place in the other; null for
// nothing.
type PlanDifference struct {
	Baseline  *backends.Step `json:"baseline"`  // null where the baseline's plan has nothing there
	Candidate *backends.Step `json:"candidate"` // null where the candidate's plan has nothing there
}

// Unshared are the parts of the details of both operators that the other does not have. split takes details
// apart.
func (d PlanDifference) Unshared(split func(details string) []string) (baseline, candidate []string) {
	if d.Baseline == nil || d.Candidate == nil {
		return nil, nil
	}
	a, b := split(d.Baseline.Detail), split(d.Candidate.Detail)
	return without(a, b), without(b, a)
}

// without are the parts that are not among the others, each as often as it is missing there.
func without(parts, others []string) []string {
	left := slices.Clone(others)
	return slices.DeleteFunc(slices.Clone(parts), func(p string) bool {
		i := slices.Index(left, p)
		if i >= 0 {
			left = slices.Delete(left, i, i+1)
		}
		return i >= 0
	})
}

// DetailSeparator separates the parts of a step's details.
const DetailSeparator = "; "

const (
	maxDifferences = 20      // that are recorded
	maxCells       = 1 << 22 // of the table by which plans are aligned
)

// kernel is what makes two operators the same.
type kernel struct{ op, provider, detail string }

func kernelOf(s backends.Step) kernel { return kernel{s.Op, provider(s.Provider), s.Detail} }

// comparePlans aligns two plans; either may be nil.
func comparePlans(a, b *backends.Plan) PlanDiff {
	d := PlanDiff{State: PlansUnknown, Differences: []PlanDifference{}}
	if a == nil || b == nil {
		return d
	}
	d.Baseline, d.Candidate, d.BaselineNote, d.CandidateNote = len(a.Steps), len(b.Steps), a.Note, b.Note
	x, y := a.Steps, b.Steps
	same := func(s, t backends.Step) bool { return kernelOf(s) == kernelOf(t) }
	for len(x) > 0 && len(y) > 0 && same(x[0], y[0]) {
		x, y = x[1:], y[1:]
	}
	for len(x) > 0 && len(y) > 0 && same(x[len(x)-1], y[len(y)-1]) {
		x, y = x[:len(x)-1], y[:len(y)-1]
	}
	only, others := align(x, y)
	d.Differing = max(len(only), len(others))
	for i := range min(d.Differing, maxDifferences) {
		var p PlanDifference
		if i < len(only) {
			p.Baseline = &only[i]
		}
		if i < len(others) {
			p.Candidate = &others[i]
		}
		d.Differences = append(d.Differences, p)
	}
	switch {
	case d.Differing == 0 && slices.ContainsFunc(a.Steps, func(s backends.Step) bool { return s.Opaque }):
		d.State = PlansUnknown // within such a step anything may differ
	case d.Differing == 0:
		d.State = PlansEqual
	case reordered(x, y):
		d.State = PlansReordered
	default:
		d.State = PlansDiffer
	}
	return d
}

// align finds a longest common part of two plans, in order, and returns what is not in it. Plans too long
// for that are compared place by place.
func align(x, y []backends.Step) (only, others []backends.Step) {
	if len(x)*len(y) > maxCells {
		for i := range max(len(x), len(y)) {
			if i < len(x) && i < len(y) && kernelOf(x[i]) == kernelOf(y[i]) {
				continue
			}
			if i < len(x) {
				only = append(only, x[i])
			}
			if i < len(y) {
				others = append(others, y[i])
			}
		}
		return only, others
	}
	common := make([][]int32, len(x)+1) // length of the common part of x[i:] and y[j:]
	for i := range common {
		common[i] = make([]int32, len(y)+1)
	}
	for i, step := range slices.Backward(x) {
		for j := len(y) - 1; j >= 0; j-- {
			if kernelOf(step) == kernelOf(y[j]) {
				common[i][j] = common[i+1][j+1] + 1
			} else {
				common[i][j] = max(common[i+1][j], common[i][j+1])
			}
		}
	}
	i, j := 0, 0
	for i < len(x) && j < len(y) {
		switch {
		case kernelOf(x[i]) == kernelOf(y[j]):
			i, j = i+1, j+1
		case common[i+1][j] >= common[i][j+1]:
			only = append(only, x[i])
			i++
		default:
			others = append(others, y[j])
			j++
		}
	}
	return slices.Concat(only, x[i:]), slices.Concat(others, y[j:])
}

// reordered reports whether both hold the same operators, whatever their order.
func reordered(x, y []backends.Step) bool {
	count := map[kernel]int{}
	for _, s := range x {
		count[kernelOf(s)]++
	}
	for _, s := range y {
		count[kernelOf(s)]--
	}
	for _, n := range count {
		if n != 0 {
			return false
		}
	}
	return true
}

// first names the first operator that differs.
func (d PlanDiff) first() string {
	name := func(s *backends.Step) string {
		if s == nil {
			return "nothing"
		}
		return fmt.Sprintf("%q (%s)", s.Name, s.Op)
	}
	p := d.Differences[0]
	text := fmt.Sprintf("%s where the baseline has %s", name(p.Candidate), name(p.Baseline))
	if p.Candidate != nil && p.Baseline != nil && p.Candidate.Op == p.Baseline.Op {
		old, now := p.Unshared(func(details string) []string { return strings.Split(details, DetailSeparator) })
		if len(old)+len(now) > 0 {
			text += fmt.Sprintf(": %s instead of %s", orNothing(now), orNothing(old))
		}
	}
	return text
}

func orNothing(parts []string) string { return cmp.Or(strings.Join(parts, DetailSeparator), "nothing") }

// planDiff compares the plan of a candidate with the baseline's.
func (j *judgement) planDiff(arm int) PlanDiff {
	return comparePlans(j.setting.Arms[bench.Baseline].Plan, j.setting.Arms[arm].Plan)
}
