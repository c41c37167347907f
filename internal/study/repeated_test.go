package main

import (
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/bench"
	"github.com/acdeploy/acdeploy/bench/judge"
)

// around is a measurement of an arm whose units lie about a ratio, some percent apart.
func around(ratio, apart float64, verdict judge.Verdict) arm {
	a := arm{Name: "itself", Verdict: verdict}
	for i := range 12 {
		a.Ratios = append(a.Ratios, bench.Float(ratio+apart*float64(i%3-1)))
	}
	return a
}

func TestDecide(t *testing.T) {
	for name, c := range map[string]struct {
		first, second arm
		want          repeated
	}{
		"at once":          {around(1, 0.01, judge.Equivalent), around(1.5, 0, judge.Slower), repeated{1, 1, 0}},
		"faster":           {around(0.9, 0.01, judge.Faster), around(1.5, 0, judge.Slower), repeated{1, 1, 0}},
		"by both":          {around(1.015, 0.01, judge.NotShown), around(0.995, 0.005, judge.Equivalent), repeated{1, 0, 1}},
		"not the better":   {around(1.05, 0.01, judge.Slower), around(1, 0.005, judge.Equivalent), repeated{1, 0, 0}},
		"nothing by any":   {around(1.02, 0.01, judge.NotShown), around(1.02, 0.01, judge.NotShown), repeated{1, 0, 0}},
		"without its runs": {arm{Verdict: judge.NotShown}, arm{Verdict: judge.NotShown}, repeated{1, 0, 0}},
	} {
		if got := decide(c.first, c.second, 0.02); got != c.want {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
}

func TestRepeats(t *testing.T) {
	row := func(a arm) record {
		return record{Part: partKnown, Network: "resnet20", Setup: setup{Margin: 0.02}, Arms: []arm{a}}
	}
	all := []record{
		row(around(1.015, 0.01, judge.NotShown)),
		{Part: partNeighbour, Network: "resnet20", Arms: []arm{around(1, 0, judge.Equivalent)}},
		row(around(1, 0, judge.Invalid)), // which a run does not repeat
		row(around(0.995, 0.005, judge.Equivalent)),
		row(around(1, 0.001, judge.Equivalent)),
		row(around(1, 0.001, judge.Equivalent)),
		row(around(1, 0.001, judge.Equivalent)), // without a second
	}
	if got, want := repeats(all, "resnet20", "itself"), (repeated{2, 1, 1}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	p := &page{}
	p.repeats(all)
	if text, want := p.String(), "| itself | 2 | 1 | 1 | 15.8–100.0 % | at least 95 % | not refuted |"; !strings.Contains(text, want) {
		t.Errorf("no %q in\n%s", want, text)
	}
}
