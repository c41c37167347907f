package judge

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/acdeploy/acdeploy/bench"
	"github.com/acdeploy/acdeploy/bench/internal/lab"
)

// stored writes a result and reads it again.
func stored(t *testing.T, res *Result) *bench.Recording {
	t.Helper()
	text, err := json.Marshal(res)
	if err != nil {
		t.Fatal(err)
	}
	var again Result
	if err := json.Unmarshal(text, &again); err != nil {
		t.Fatal(err)
	}
	rec, err := again.Recording()
	if err != nil {
		t.Fatal(err)
	}
	return rec
}

// What is stored gives the very same result, to the byte, without any worker.
func TestAStoredResultIsJudgedAlike(t *testing.T) {
	noisy := lab.Quiet()
	noisy.UnitSD, noisy.Provider = 0.05, "CPUExecutionProvider"
	gpu := lab.Quiet()
	gpu.Timer, gpu.Drift = true, 0.0002
	for name, l := range map[string]*lab.Lab{"quiet": lab.Quiet(), "noisy": noisy, "engine that times itself": gpu} {
		t.Run(name, func(t *testing.T) {
			j := lab.Job("fused", "slow")
			j.Options.Batch = []int64{1, 8}
			res := measure(t, l, j)
			want, err := json.Marshal(res)
			if err != nil {
				t.Fatal(err)
			}
			got, err := json.Marshal(Judge(stored(t, res)))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), string(got)); diff != "" {
				t.Error(diff[:min(len(diff), 2000)])
			}
		})
	}
}

// A recording is judged again with another margin: what was slower by 8 % is equivalent within 12 %.
func TestAnotherMarginGivesAnotherVerdict(t *testing.T) {
	rec := stored(t, measure(t, lab.Quiet(), lab.Job("slow")))
	for _, c := range []struct {
		margin bench.Ratio
		want   Verdict
	}{{0.02, Slower}, {0.12, Equivalent}, {0.08, NotShown}, {0.0005, Invalid}} {
		rec.Options.Margin = c.margin
		got := Judge(rec).Comparisons[0]
		if got.Verdict != c.want || got.Margin != c.margin {
			t.Errorf("margin %s: %s, want %s: %s", c.margin, got.Verdict, c.want, got.Reason)
		}
	}
}

// A result whose parts do not belong together is an error.
func TestABrokenResultIsRefused(t *testing.T) {
	for name, spoil := range map[string]func(*Result){
		"units":  func(r *Result) { r.Units = r.Units[1:] },
		"blocks": func(r *Result) { r.Arms[1].Units[0].Blocks = nil },
		"runs":   func(r *Result) { r.Arms[1].Units[0].Blocks[0].Nanoseconds = nil },
	} {
		j := lab.Job("fused")
		j.Options.Units = 2
		res := measure(t, lab.Quiet(), j)
		spoil(res)
		if _, err := res.Recording(); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
