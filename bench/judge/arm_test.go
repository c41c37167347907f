package judge

import (
	"math"
	"testing"

	"github.com/acdeploy/acdeploy/bench"
	"github.com/acdeploy/acdeploy/bench/internal/lab"
)

func TestArmsHoldEverySample(t *testing.T) {
	res := measure(t, lab.Quiet(), lab.Job("fused", "slow"))
	if len(res.Comparisons) != 2 || len(res.Arms) != 5 || len(res.Units) != 12 || len(res.Settings) != 1 {
		t.Fatalf("%d comparisons, %d arms, %d units, %d settings",
			len(res.Comparisons), len(res.Arms), len(res.Units), len(res.Settings))
	}
	p := res.Settings[0].Schedule
	roles := []string{bench.RoleBaseline, bench.RoleControl, bench.RoleAsTrained, bench.RoleCandidate, bench.RoleCandidate}
	for i, a := range res.Arms {
		if a.Role != roles[i] || a.Arm != string(rune('A'+i)) {
			t.Errorf("arm %d is %s %s", i, a.Arm, a.Role)
		}
		if a.Runs != 12*p.Blocks*p.Runs || a.Median <= 0 || a.CPU == nil {
			t.Errorf("arm %s: %d runs, median %d, cpu %v", a.Arm, a.Runs, a.Median, a.CPU)
		}
		for _, u := range a.Units {
			if len(u.Blocks) != p.Blocks || !u.Complete {
				t.Fatalf("arm %s unit %d: %d blocks, complete %v", a.Arm, u.Unit, len(u.Blocks), u.Complete)
			}
			for _, b := range u.Blocks {
				if len(b.Nanoseconds) != p.Runs {
					t.Fatalf("a block holds %d runs, planned are %d", len(b.Nanoseconds), p.Runs)
				}
			}
		}
	}
	if a := res.Arms[2]; math.Abs(float64(a.Ratio)-1.5) > 0.02 {
		t.Errorf("the model as trained has ratio %v, want about 1.5", a.Ratio)
	}
	if g := controlOf(t, res, ControlAnswers, "fused"); g.State != OK {
		t.Errorf("answers: %+v", g)
	}
}
