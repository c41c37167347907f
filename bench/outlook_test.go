package bench

import (
	"strings"
	"testing"
	"time"
)

func TestOutlook(t *testing.T) {
	job := Job{Candidates: make([]Arm, 2), Options: Options{Duration: 10 * time.Minute, Units: 12}}
	if got, want := job.outlook(3), "the plan: 4 arms, 3 settings, 12 units each: about 1h0m0s"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	job.Options.Adaptive = true
	if got, want := job.outlook(3), "about 1h0m0s, at most 4h0m0s"; !strings.HasSuffix(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	job.Options.Duration = 30 * time.Second
	if got := job.outlook(1); got != "" {
		t.Errorf("what is soon over has the plan %q", got)
	}
}

func TestLate(t *testing.T) {
	for name, c := range map[string]struct {
		units, candidates int
		unit              time.Duration
		says              []string
	}{
		"fits":           {12, 1, 5 * time.Second, nil},
		"nearly fits":    {12, 1, 5900 * time.Millisecond, nil},
		"two candidates": {12, 2, 10 * time.Second, nil},
		"fewer units": {40, 1, 5 * time.Second, []string{
			"the duration of 1m0s cannot be met: the first unit took 5s, 40 of them take about 3m20s", "; --units 12 would fit", "needs --duration 3m20s",
		}},
		"much longer": {12, 1, 50 * time.Second, []string{"take about 10m0s", "the 10 units that a verdict needs take about 8m20s", "needs --duration 10m0s"}},
		"a quick look": {2, 1, 50 * time.Second, []string{
			"cannot be met: the first unit took 50s, 2 of them take about 1m40s; what is asked for needs --duration 1m40s",
		}},
	} {
		got := (Options{Duration: time.Minute, Units: c.units}).late(c.candidates, c.unit)
		if (got != "") != (len(c.says) > 0) {
			t.Errorf("%s: %q", name, got)
		}
		for _, words := range c.says {
			if !strings.Contains(got, words) {
				t.Errorf("%s: %q does not say %q", name, got, words)
			}
		}
	}
}
