package judge

import (
	"math"
	"testing"

	"github.com/acdeploy/acdeploy/bench"
	"github.com/acdeploy/acdeploy/bench/internal/lab"
)

// An adaptive measurement ends at the first look that is precise, and only then.
func TestAdaptive(t *testing.T) {
	for name, c := range map[string]struct {
		unitSD float64
		want   int
	}{"quiet": {0.002, 12}, "restless": {0.011, 24}, "noisy": {0.025, 48}} {
		l := lab.Quiet()
		l.UnitSD = c.unitSD
		j := lab.Job("fused")
		j.Options.Adaptive, j.Options.Duration = true, 2e9
		res := measure(t, l, j)
		got := res.Comparisons[0]
		if got.Units != c.want || math.Abs(float64(got.Confidence)-0.92) > 1e-9 {
			t.Errorf("%s: %d units at confidence %v, want %d at 0.92", name, got.Units, got.Confidence, c.want)
		}
	}
}

// How far a measurement was to go follows from how far it came.
func TestTarget(t *testing.T) {
	unit := func(i int, complete bool) bench.Unit {
		return bench.Unit{UnitRecord: bench.UnitRecord{Unit: i, Complete: complete}}
	}
	once, twice := []bench.Failure{{Unit: 11}}, []bench.Failure{{Unit: 11}, {Unit: 11, Attempt: 1}}
	for name, c := range map[string]struct {
		setting     bench.Setting
		adaptive    bool
		cut         bool // the measurement was interrupted in this setting
		want        int
		interrupted bool
	}{
		"all of them":                {setting: bench.Setting{Units: []bench.Unit{unit(11, true)}}, want: 12},
		"too many lost":              {setting: bench.Setting{Units: []bench.Unit{unit(5, true)}}, want: 12},
		"interrupted":                {setting: bench.Setting{Units: []bench.Unit{unit(5, true)}}, cut: true, want: 12, interrupted: true},
		"in the last unit":           {setting: bench.Setting{Units: []bench.Unit{unit(10, true), unit(11, false)}}, cut: true, want: 12, interrupted: true},
		"in its second attempt":      {setting: bench.Setting{Units: []bench.Unit{unit(10, true)}, Failures: once}, cut: true, want: 12, interrupted: true},
		"after the last unit":        {setting: bench.Setting{Units: []bench.Unit{unit(11, true)}}, cut: true, want: 12},
		"after losing the last unit": {setting: bench.Setting{Units: []bench.Unit{unit(10, true)}, Failures: twice}, cut: true, want: 12},
		"at the first look":          {setting: bench.Setting{Units: []bench.Unit{unit(11, true)}}, adaptive: true, want: 12},
		"at the second look":         {setting: bench.Setting{Units: []bench.Unit{unit(23, true)}}, adaptive: true, want: 24},
		"after it was precise":       {setting: bench.Setting{Units: []bench.Unit{unit(11, true)}}, adaptive: true, cut: true, want: 12},
		"between looks":              {setting: bench.Setting{Units: []bench.Unit{unit(13, true)}}, adaptive: true, cut: true, want: 24, interrupted: true},
	} {
		j := &judgement{setting: &c.setting, options: bench.Options{Units: 12, Adaptive: c.adaptive}, cut: c.cut}
		if got, interrupted := j.target(); got != c.want || interrupted != c.interrupted {
			t.Errorf("%s: %d, interrupted %v, want %d, %v", name, got, interrupted, c.want, c.interrupted)
		}
	}
	noisy := lab.Quiet()
	noisy.UnitSD = 0.05
	res := measure(t, noisy, lab.Job("fused"))
	res.Options.Adaptive = true // a look at what is not precise, and then an interruption
	rec, err := res.Recording()
	if err != nil {
		t.Fatal(err)
	}
	j := judging(&rec.Settings[0], rec.Options)
	j.cut = true
	if got, interrupted := j.target(); got != 24 || !interrupted {
		t.Errorf("after a look that asks for more: %d, %v", got, interrupted)
	}
}
