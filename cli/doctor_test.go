package cli

import (
	"testing"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/internal/host"
)

// TestStateOf tells what is broken from what is merely not there.
func TestStateOf(t *testing.T) {
	for broken, want := range map[bool]string{true: "fail", false: "absent"} {
		if got := stateOf(&backends.Unavailable{Reason: "it cannot be used", Broken: broken}); got != want {
			t.Errorf("broken %t: %s, want %s", broken, got, want)
		}
	}
}

// TestReliability12Load warns of a machine that others use.
func TestReliability12Load(t *testing.T) {
	for load, want := range map[string]string{"0.40": "ok", "54.00": "warn", "": "ok"} {
		var f host.Facts
		f.CPU.LogicalCores, f.Load.Average1, f.Frequency.Governor = 2, load, "performance"
		if c := quiet(f); c.State != want {
			t.Errorf("load %q on two processors: %+v, want %s", load, c, want)
		}
	}
}
