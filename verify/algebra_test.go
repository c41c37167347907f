package verify

import (
	"encoding/json"
	"math"
	"testing"

	"github.com/acdeploy/acdeploy/tensor"
)

func TestAlgebraResult(t *testing.T) {
	worst := func(rel, bound float64) *RegionResult {
		return &RegionResult{MaxRel: Number(rel), Bound: Number(bound)}
	}
	lost := []NotCompared{{"h", "it is not known"}}
	for name, c := range map[string]struct {
		result          AlgebraResult
		equal, complete bool
	}{
		"nothing rewritten": {AlgebraResult{}, true, true},
		"equal":             {AlgebraResult{Regions: 1, Compared: 1, Worst: worst(1e-12, 1e-12)}, true, true},
		"different":         {AlgebraResult{Regions: 1, Compared: 1, Worst: worst(2e-12, 1e-12)}, false, true},
		"infinitely far":    {AlgebraResult{Regions: 1, Compared: 1, Worst: worst(math.Inf(1), 1e-9)}, false, true},
		"no number":         {AlgebraResult{Regions: 1, Compared: 1, Worst: worst(math.NaN(), 1e-9)}, false, true},
		"one not compared":  {AlgebraResult{Regions: 2, Compared: 1, Worst: worst(0, 1e-12), NotCompared: lost}, true, false},
		"none compared":     {AlgebraResult{Regions: 1, NotCompared: lost}, true, false},
		"one forgotten":     {AlgebraResult{Regions: 2, Compared: 1, Worst: worst(0, 1e-12)}, true, false},
	} {
		if c.result.Equal() != c.equal || c.result.Complete() != c.complete {
			t.Errorf("%s: equal %v, complete %v", name, c.result.Equal(), c.result.Complete())
		}
	}
}

// TestAlgebraResultInJSON writes a difference without bound as null, and leaves out what there is none of.
func TestAlgebraResultInJSON(t *testing.T) {
	for want, r := range map[string]AlgebraResult{
		`{"regions":0,"compared":0}`: {},
		`{"regions":2,"compared":1,"worst":{"value":"y","node":"n","max_rel":null,"bound":1e-12},"not_compared":[{"value":"h","reason":"why"}]}`: {
			Regions: 2, Compared: 1, Worst: &RegionResult{"y", "n", Number(math.Inf(1)), 1e-12}, NotCompared: []NotCompared{{"h", "why"}},
		},
	} {
		if got, err := json.Marshal(r); err != nil || string(got) != want {
			t.Errorf("got %s, %v", got, err)
		}
	}
}

func TestWorse(t *testing.T) {
	nan := math.NaN()
	for _, c := range []struct {
		a, b float64
		want bool
	}{{2, 1, true}, {1, 1, false}, {1, 2, false}, {nan, 1, true}, {nan, math.Inf(1), true}, {1, nan, false}, {nan, nan, false}} {
		if got := worse(c.a, c.b); got != c.want {
			t.Errorf("worse(%v, %v) is %v", c.a, c.b, got)
		}
	}
}

func TestLabel(t *testing.T) {
	n := newNet(t)
	x := n.input("x", tensor.Float32, 1)
	if y := n.relu("y", x); label(y) != "y_node" || label(x) != "" {
		t.Errorf("got %q and %q", label(y), label(x))
	}
}
