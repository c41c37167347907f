//go:build unix

package cli_test

import (
	"bufio"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/acdeploy/acdeploy/cli"
	"github.com/acdeploy/acdeploy/internal/osfile"
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

// TestReliability10Signals ends a measurement of an hour by an interrupt, by a request to end, and by the end of the terminal: it
// ends at once, what was done is kept, and nothing else is left.
func TestReliability10Signals(t *testing.T) {
	for name, end := range signals() {
		t.Run(name, func(t *testing.T) { interrupted(t, end) })
	}
}

// signals end a command. The end of the terminal does not where the tests were started to outlive it, by nohup say.
func signals() map[string]syscall.Signal {
	all := map[string]syscall.Signal{"interrupt": syscall.SIGINT, "request": syscall.SIGTERM, "hangup": syscall.SIGHUP}
	if signal.Ignored(syscall.SIGHUP) {
		delete(all, "hangup")
	}
	return all
}

func interrupted(t *testing.T, end syscall.Signal) {
	t.Helper()
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
			if err := cmd.Process.Signal(end); err != nil {
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
	if left := osfile.LeftOver(dir); left != nil {
		t.Errorf("left over: %v", left)
	}
	if report.Verify == nil || !report.Verify.Equal || report.Fuse.Output == nil {
		t.Errorf("the report does not hold what was done: %+v", report.Verify)
	}
}

// An interrupted measurement goes on from the units that it has, if everything is as it was.
func TestResumeAfterAnInterrupt(t *testing.T) {
	if testing.Short() {
		t.Skip("starts worker processes; -short")
	}
	acdeploy, cache := program(t), t.TempDir()
	run := func(watch func(*exec.Cmd), more ...string) (code int, stdout, stderr string) {
		t.Helper()
		args := append([]string{
			"bench", "../examples/cifar_quick/baseline.onnx", "../examples/cifar_quick/acnet.onnx",
			"--backend", "reference", "--blocks", "1", "--duration", "1s", "--units", "10", "--require", "nothing",
		}, more...)
		cmd := exec.Command(acdeploy, args...)
		cmd.Env = append(os.Environ(), "XDG_CACHE_HOME="+cache, "HOME="+cache)
		var out, said strings.Builder
		cmd.Stdout, cmd.Stderr = &out, &said
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		if watch != nil {
			watch(cmd)
		}
		_ = cmd.Wait() // its exit code is what matters
		return cmd.ProcessState.ExitCode(), out.String(), said.String()
	}
	code, _, said := run(func(cmd *exec.Cmd) {
		for range 3000 { // until units are kept; the test's own time limit ends it otherwise
			files, _ := filepath.Glob(filepath.Join(cache, "acdeploy", "units", "*.jsonl"))
			if len(files) == 1 {
				if text, err := os.ReadFile(files[0]); err == nil && strings.Count(string(text), "\n") > 2 {
					break
				}
			}
			time.Sleep(20 * time.Millisecond)
		}
		_ = cmd.Process.Signal(syscall.SIGINT) // which fails if it has ended, and so does the test
	})
	if code != cli.ExitInterrupted || !strings.Contains(said, "with --resume to continue") {
		t.Fatalf("exit code %d: %s", code, said)
	}
	if code, _, said := run(nil, "--resume", "--seed", "7"); code != cli.ExitUsage || !strings.Contains(said, "the options changed from") {
		t.Errorf("another seed: exit code %d: %s", code, said)
	}
	code, out, said := run(nil, "--resume", "--json")
	if code != cli.ExitOK {
		t.Fatalf("exit code %d: %s", code, said)
	}
	r, err := reports.Parse([]byte(out))
	if err != nil || r.Incomplete || len(r.Units) != 10 {
		t.Errorf("incomplete %v, %d units, error %v", r.Incomplete, len(r.Units), err)
	}
	if code, _, said := run(nil, "--resume"); code != cli.ExitUsage || !strings.Contains(said, "nothing to resume") {
		t.Errorf("once more: exit code %d: %s", code, said)
	}
}
