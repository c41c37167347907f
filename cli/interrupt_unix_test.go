//go:build unix

package cli_test

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/acdeploy/acdeploy/cli"
	"github.com/acdeploy/acdeploy/reports"
)

// program is this test under the name that makes it the command line; see TestMain.
func program(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "acdeploy")
	if err := os.Link(os.Args[0], path); err != nil {
		t.Skipf("the test program cannot be given another name: %v", err)
	}
	return path
}

// An interrupt in the middle of a measurement of an hour ends it at once, and what was done is kept.
func TestInterruptKeepsWhatWasDone(t *testing.T) {
	if testing.Short() {
		t.Skip("starts worker processes; -short")
	}
	dir := t.TempDir()
	cmd := exec.Command(program(t), "run", "--model", "../examples/cifar_quick/acnet.onnx", "--report", dir,
		"--backend", "reference", "--duration", "1h", "--units", "10")
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var said []string
	for lines := bufio.NewScanner(stderr); lines.Scan(); {
		said = append(said, lines.Text())
		if strings.HasPrefix(lines.Text(), "verify ") { // the measurement is next
			if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
				t.Fatal(err)
			}
		}
	}
	_ = cmd.Wait() // its exit code is what matters
	if code := cmd.ProcessState.ExitCode(); code != cli.ExitInterrupted {
		t.Errorf("exit code %d\n%s", code, strings.Join(said, "\n"))
	}
	if len(said) == 0 || said[len(said)-1] != "acdeploy: interrupted" {
		t.Errorf("last words: %q", said)
	}
	report, err := reports.Read(filepath.Join(dir, reports.FileName))
	if err != nil {
		t.Fatal(err)
	}
	if report.Verify == nil || !report.Verify.Equal || report.Fuse.Output == nil {
		t.Errorf("the report does not hold what was done: %+v", report.Verify)
	}
}
