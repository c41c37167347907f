//go:build unix

package worker

import (
	"os/exec"
	"testing"

	"github.com/acdeploy/acdeploy/internal/host"
)

func TestStarved(t *testing.T) {
	run := func(script string) *exec.Cmd {
		cmd := exec.Command("/bin/sh", "-c", script)
		if err := cmd.Run(); cmd.ProcessState == nil {
			t.Skip("no shell:", err)
		}
		return cmd
	}
	killed, crashed := run("kill -9 $$").ProcessState, run("kill -11 $$").ProcessState
	n := func(v int64) *int64 { return &v }
	limited, unlimited := host.Limits{MemoryLimit: "536870912"}, host.Limits{MemoryLimit: "max"}
	const told = "out of memory: its control group may use 512 MiB"
	if got := starved(killed, n(3), n(4), limited); got != told {
		t.Errorf("a counted end: %q", got)
	}
	if got := starved(killed, n(3), n(4), unlimited); got != "the system was out of memory" {
		t.Errorf("without a limit: %q", got)
	}
	if got := starved(killed, nil, n(4), limited); got != "perhaps "+told {
		t.Errorf("without a counter: %q", got)
	}
	for name, got := range map[string]string{
		"killed by somebody":       starved(killed, n(3), n(3), limited),
		"nothing is known":         starved(killed, nil, nil, unlimited),
		"a crash":                  starved(crashed, n(3), n(4), limited),
		"a process that never ran": starved(nil, n(3), n(4), limited),
	} {
		if got != "" {
			t.Errorf("%s: %q", name, got)
		}
	}
}
