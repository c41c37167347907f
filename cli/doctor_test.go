package cli

import (
	"errors"
	"testing"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/backends/ort/library"
	"github.com/acdeploy/acdeploy/internal/host"
)

// TestStateOf tells what is broken from what is merely not there.
func TestStateOf(t *testing.T) {
	for name, test := range map[string]struct {
		cause error
		want  string
	}{
		"nothing is installed":        {&library.NotFoundError{}, "absent"},
		"the named one is not there":  {&library.NotFoundError{Explicit: true}, "fail"},
		"one that does not load":      {&library.LoadError{Err: errors.New("no symbol")}, "fail"},
		"no GPU":                      {errors.New("no device"), "absent"},
		"an absence without a reason": {nil, "absent"},
	} {
		if got := stateOf(&backends.Unavailable{Reason: "it cannot be used", Err: test.cause}); got != test.want {
			t.Errorf("%s: %s, want %s", name, got, test.want)
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
