//go:build cgo && linux

package host

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// management compiles the library of testdata.
func management(t *testing.T) string {
	t.Helper()
	compiler, err := exec.LookPath("cc")
	if err != nil {
		t.Skip("there is no C compiler cc")
	}
	library := filepath.Join(t.TempDir(), "libmanagement.so")
	if out, err := exec.Command(compiler, "-shared", "-fPIC", "-o", library, "testdata/nvml.c").CombinedOutput(); err != nil {
		t.Fatalf("compile the library: %v\n%s", err, out)
	}
	return library
}

// What the library says becomes facts; what it does not know, or what this driver does not have, is left open.
func TestGPUsOfALibrary(t *testing.T) {
	gpus, note := gpusOf(management(t))
	want := []GPU{{
		Name: "a GPU", UUID: "GPU-1", Driver: "580.1", ComputeCapability: "9.1", MemoryTotal: of(100), MemoryUsed: of(30),
		SMClockMHz: of(1001), MaxSMClockMHz: of(2001), MemoryClockMHz: of(1002), TemperatureC: of(40),
		PowerMilliwatts: of(70000), PowerLimit: of(700000), PerformanceState: "P2", Persistence: Unavailable,
		ClockEventReasons: of(1<<40 | 4), MIG: "Disabled", ComputeProcesses: of(3),
	}}
	if diff := cmp.Diff(want, gpus); diff != "" {
		t.Error(diff)
	}
	if want := "open GPU 1: Insufficient Permissions"; note != want {
		t.Errorf("got %q, want %q", note, want)
	}
}

func TestNoManagementLibrary(t *testing.T) {
	gpus, note := gpusOf(filepath.Join(t.TempDir(), "absent.so"))
	if gpus != nil || !strings.HasPrefix(note, "no NVIDIA driver: ") || !strings.HasSuffix(note, "absent.so cannot be loaded") {
		t.Errorf("%v, %q", gpus, note)
	}
}
