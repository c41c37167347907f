package acdeploy

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/bench"
	"github.com/acdeploy/acdeploy/bench/judge"
	"github.com/acdeploy/acdeploy/internal/osfile"
)

func TestWhatFollowsFromAMeasurement(t *testing.T) {
	demand := judge.Gates{Latency: judge.LatencyGate{Require: judge.RequireEquivalent}}
	nothing := judge.Gates{Latency: judge.LatencyGate{Require: judge.RequireNothing}}
	measured := []judge.ArmRecord{{Units: []judge.ArmUnit{{Complete: true}}}}
	of := func(v judge.Verdict) judge.Result {
		return judge.Result{Settings: []judge.Setting{{}}, Arms: measured, Comparisons: []judge.Comparison{{Verdict: v}}}
	}
	skipped := judge.Result{Skipped: []backends.Skip{{Backend: "ort", Reason: "no library", Remedy: "install it"}}}
	incomplete := of(judge.Equivalent)
	incomplete.Incomplete = true
	for name, c := range map[string]struct {
		result  judge.Result
		missing []string
		gates   judge.Gates
		want    error // nil for none
	}{
		"equivalent":             {result: of(judge.Equivalent), gates: demand},
		"slower":                 {result: of(judge.Slower), gates: demand, want: ErrGate},
		"slower, and no gate":    {result: of(judge.Slower), gates: nothing},
		"invalid":                {result: of(judge.Invalid), gates: demand, want: ErrInvalid},
		"invalid, and no gate":   {result: of(judge.Invalid), gates: nothing},
		"interrupted":            {result: incomplete, gates: nothing, want: ErrInvalid},
		"no engine":              {result: skipped, gates: nothing, want: ErrMissing},
		"nothing asked for":      {gates: demand},
		"a required engine":      {result: of(judge.Equivalent), missing: []string{"tensorrt"}, gates: nothing, want: ErrMissing},
		"one engine of two":      {result: judge.Result{Settings: []judge.Setting{{}}, Arms: measured, Skipped: skipped.Skipped}, gates: demand},
		"every unit lost":        {result: judge.Result{Settings: []judge.Setting{{}}}, gates: nothing, want: ErrInvalid},
		"missing and not passed": {result: of(judge.Slower), missing: []string{"tensorrt"}, gates: demand, want: ErrGate},
	} {
		m := &Measurement{Result: &c.result, missing: c.missing}
		if err := m.Judge(c.gates); !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", name, err, c.want)
		}
	}
}

// The units of a measurement that was interrupted stay, those of a whole one go.
func TestDiscard(t *testing.T) {
	for incomplete, stays := range map[bool]bool{true: true, false: false} {
		path := filepath.Join(t.TempDir(), "units.jsonl")
		if err := os.WriteFile(path, nil, 0o644); err != nil {
			t.Fatal(err)
		}
		m := &Measurement{Result: &judge.Result{Incomplete: incomplete}, journal: path}
		for range 2 { // a second time there is nothing left to do
			if err := m.Discard(); err != nil {
				t.Error(err)
			}
		}
		if _, err := os.Stat(path); (err == nil) != stays {
			t.Errorf("incomplete %v: %v", incomplete, err)
		}
	}
}

// Units of the same name that another measurement keeps by now stay.
func TestDiscardNothingOfOthers(t *testing.T) {
	path := filepath.Join(t.TempDir(), "units.jsonl")
	if err := os.WriteFile(path, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	release, held := osfile.LockName(path)
	if !held {
		t.Fatal("the name is taken")
	}
	defer release()
	m := &Measurement{Result: &judge.Result{}, journal: path}
	if err := m.Discard(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(path); err != nil {
		t.Error(err)
	}
}

func TestDescribe(t *testing.T) {
	m := &Measurement{Result: &judge.Result{
		Comparisons: []judge.Comparison{{Verdict: judge.Equivalent, Ratio: 1.0014}},
		Skipped:     []backends.Skip{{Backend: "ort", Provider: "cuda", Reason: "no GPU"}},
	}}
	m.Result.Comparisons[0].Backend = "ort"
	if got, want := m.Describe(), "ort equivalent, ratio 1.001; ort cuda skipped: no GPU"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := (&Measurement{Result: &judge.Result{}}).Describe(); got != "nothing measured" {
		t.Errorf("got %q", got)
	}
}

// Only what another measurement could show is measured once more: a failed verdict or speedup, not one of an invalid measurement.
func TestWhatIsMeasuredOnceMore(t *testing.T) {
	demand := judge.Gates{Latency: judge.LatencyGate{Require: judge.RequireEquivalent}, P99MaxDegradation: 0.1}
	fine := []judge.QuantileRatio{{Q: 0.99, Ratio: 1, CI: [2]bench.Float{0.9, 1.05}}}
	for name, c := range map[string]struct {
		of   judge.Comparison
		want bool
	}{
		"equivalent": {judge.Comparison{Verdict: judge.Equivalent, Quantiles: fine}, false},
		"not shown":  {judge.Comparison{Verdict: judge.NotShown, Quantiles: fine}, true},
		"slower":     {judge.Comparison{Verdict: judge.Slower, Quantiles: fine}, true},
		"invalid":    {judge.Comparison{Verdict: judge.Invalid, Quantiles: fine}, false},
		"its tail":   {judge.Comparison{Verdict: judge.Equivalent, Quantiles: []judge.QuantileRatio{{Q: 0.99, Ratio: 2, CI: [2]bench.Float{1, 3}}}}, false},
	} {
		m := &Measurement{Result: &judge.Result{Comparisons: []judge.Comparison{c.of}}}
		if got := m.fails(demand); got != c.want {
			t.Errorf("%s: measured once more: %v", name, got)
		}
	}
}
