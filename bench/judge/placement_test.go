package judge

import (
	"testing"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/bench"
	"github.com/acdeploy/acdeploy/bench/internal/lab"
)

func TestPlacement(t *testing.T) {
	for asked, want := range map[string]State{"cpu": OK, "cuda": Fail, "": Absent} {
		l := lab.Quiet()
		l.Provider = "CPUExecutionProvider"
		j := lab.Job("fused")
		j.Backends[0].Provider = asked
		res := measure(t, l, j)
		if g := controlOf(t, res, ControlPlacement, ""); g.State != want {
			t.Errorf("asked for %q: %+v", asked, g)
		}
		if got := res.Comparisons[0].Verdict; (got == Invalid) != (want == Fail) {
			t.Errorf("asked for %q: verdict %s", asked, got)
		}
		if res.Arms[0].Plan == nil {
			t.Error("the plan is not recorded")
		}
	}
}

// A kernel that computes sizes may run elsewhere, and is named; another may not.
func TestPlacementOfSizes(t *testing.T) {
	for sizes, want := range map[bool]State{true: OK, false: Fail} {
		s := &bench.Setting{Key: bench.Key{Provider: "cuda"}, Arms: []bench.RecordedArm{{Plan: &backends.Plan{Steps: []backends.Step{
			{Name: "conv", Op: "Conv", Provider: "CUDAExecutionProvider"},
			{Name: "size", Op: "Shape", Provider: "CPUExecutionProvider", ShapesOnly: sizes},
		}}}}}
		g := (&judgement{setting: s}).placementControl()
		if g.State != want {
			t.Errorf("%+v", g)
		}
		mentions(t, g.Detail, "size")
	}
}
