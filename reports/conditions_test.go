package reports

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/bench"
	"github.com/acdeploy/acdeploy/bench/judge"
)

func TestDifferencesOfConditions(t *testing.T) {
	report := func(change func(*Report)) *Report {
		r := New(nil, nil, &judge.Result{Settings: []judge.Setting{{
			Key: bench.Key{Backend: "ort", Provider: "cpu", Batch: 1, Threads: 1}, Engine: &backends.Description{Version: "1", SHA256: "0123456789abcdef"},
		}}})
		r.Host.CPU.Brand = "a"
		change(r)
		return r
	}
	same := report(func(*Report) {})
	for name, c := range map[string]struct {
		change func(*Report)
		want   []Difference
	}{
		"nothing":   {func(*Report) {}, []Difference{}},
		"processor": {func(r *Report) { r.Host.CPU.Brand = "b" }, []Difference{{"processor", "a", "b"}}},
		"a variable of one": {
			func(r *Report) { r.Host.Process.Env = map[string]string{"OMP_NUM_THREADS": "4", "ACDEPLOY_UNITS": "3"} },
			[]Difference{{"variable OMP_NUM_THREADS", "not recorded", "4"}},
		},
		"an engine": {
			func(r *Report) {
				r.Settings[0].Engine = &backends.Description{Version: "2", SHA256: "0123456789abcdef"}
			},
			[]Difference{{"version of ort cpu", "1", "2"}},
		},
		"inputs": {
			func(r *Report) { r.Settings[0].Shapes = map[string][]int64{"x": {1}} },
			[]Difference{{"inputs of ort cpu, batch 1, 1 thread", "not recorded", "x 1"}},
		},
	} {
		if diff := cmp.Diff(c.want, differencesOf(same, report(c.change))); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// differencesOf are those of machines, programs and settings.
func differencesOf(a, b *Report) []Difference {
	return NewCompare(a, b, judge.LatencyGate{}).Differences
}

// Of a long list of words, those are shown that the other lacks. What is not known in one report is no fact.
func TestDifferencesAreShownShort(t *testing.T) {
	a, b := New(nil, nil, nil), New(nil, nil, nil)
	a.Host.CPU.Features = []string{"A", "B", "C", "D", "E", "F", "G", "H", "I", "J"}
	b.Host.CPU.Features = []string{"A", "B", "C", "D", "E", "F", "G", "H", "I"}
	a.Host.CPU.SMT, b.Host.CPU.SMT, a.Host.Identity = "unavailable", "", "0123"
	want := []Difference{{"instruction sets", "J", "none of these"}, {"machine", "0123", "not recorded"}}
	if diff := cmp.Diff(want, differencesOf(a, b)); diff != "" {
		t.Error(diff)
	}
	c := NewCompare(a, b, judge.LatencyGate{})
	if c.SameMachine || c.Comparable {
		t.Errorf("the machines are the same %t, comparable %t", c.SameMachine, c.Comparable)
	}
}

// An engine that only one report has does not make the others incomparable.
func TestConditionsAreThoseOfEnginesInCommon(t *testing.T) {
	of := func(names ...string) *Report {
		r := New(nil, nil, &judge.Result{})
		for _, name := range names {
			r.Settings = append(r.Settings, judge.Setting{Key: bench.Key{Backend: name}, Engine: &backends.Description{Version: "1"}})
		}
		return r
	}
	if found := differencesOf(of("ort", "reference"), of("ort")); len(found) != 0 {
		t.Errorf("%v", found)
	}
}
