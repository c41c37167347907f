//go:build unix

package cli_test

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/acdeploy/acdeploy/internal/osfile"
	"github.com/acdeploy/acdeploy/reports"
)

// TestReliability1KilledReport kills a run at moments from its beginning into its measurement. Its folder then has a report that can be
// read, with the units that were finished, or, where nothing was done, one line says that there is none. It passes for no report of a run
// that ended.
func TestReliability1KilledReport(t *testing.T) {
	if testing.Short() {
		t.Skip("starts worker processes; -short")
	}
	acdeploy := program(t)
	for name, units := range map[string]int{"at once": -1, "before it measures": 0, "in a unit": 1, "after two units": 2} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			cmd := exec.Command(acdeploy, "run", "--model", "../examples/cifar_quick/acnet.onnx", "--baseline", "../examples/cifar_quick/baseline.onnx",
				"--report", dir, "--backend", "reference", "--blocks", "1", "--duration", "1s", "--units", "50")
			osfile.NewGroup(cmd)
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			reached := func() bool {
				r, err := reports.ReadFolder(dir)
				return units < 0 || err == nil && len(r.Units) >= units
			}
			for !reached() { // the test's own time limit ends it otherwise
				time.Sleep(20 * time.Millisecond)
			}
			_ = osfile.KillGroup(cmd.Process) // it fails when the command has ended
			_ = cmd.Wait()
			out, err := exec.Command(acdeploy, "report", dir).CombinedOutput()
			if units < 0 {
				if err == nil || strings.Count(string(out), "\n") != 1 || !strings.Contains(string(out), filepath.Join(dir, reports.FileName)) {
					t.Errorf("%v: %s", err, out)
				}
				return
			}
			if err != nil || !strings.Contains(string(out), "\nUNFINISHED. ") || strings.Contains(string(out), "PASSED") || strings.Contains(string(out), "No baseline was given") {
				t.Errorf("%v: %s", err, out)
			}
			if r, err := reports.ReadFolder(dir); err != nil || len(r.Units) < units || r.Fuse == nil {
				t.Errorf("%v: %d units", err, len(r.Units))
			}
		})
	}
}
