//go:build unix

package cli_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/acdeploy/acdeploy/cli"
	"github.com/acdeploy/acdeploy/internal/osfile"
)

// stubborn is a command that is busy with something that no interrupt reaches, in a pass or in an engine. It makes a file when it
// is busy.
func stubborn(t *testing.T, kind, busy string) *exec.Cmd {
	t.Helper()
	if kind == "pass" {
		cmd := exec.Command(program(t), "fuse", "../examples/cifar_quick/acnet.onnx", "-o", filepath.Join(filepath.Dir(busy), "fused.onnx"))
		cmd.Env = append(os.Environ(), stubbornVariable+"="+busy)
		return cmd
	}
	path := filepath.Join(t.TempDir(), "relus.onnx")
	write(t, path, string(kinds()["relus"]()))
	cmd := exec.Command(program(t), "verify", path, path, "--backend", "rude", "--timeout", "1h")
	cmd.Env = append(os.Environ(), rudeVariable+"=run hang "+busy)
	return cmd
}

// TestReliability10BusyCommands ends a command by one signal while it is busy in a pass or in an engine that looks at nothing: it
// waits for them no longer than it takes to keep what it has, and nothing is left.
func TestReliability10BusyCommands(t *testing.T) {
	for _, kind := range []string{"pass", "engine"} {
		for name, end := range signals() {
			t.Run(kind+"/"+name, func(t *testing.T) {
				state := endedBy(t, kind, func(p *os.Process, _ func() bool) { _ = p.Signal(end) })
				if state.ExitCode() != cli.ExitInterrupted {
					t.Errorf("it ended with %v", state)
				}
			})
		}
	}
}

// TestReliability10SecondInterrupt interrupts a command again while it is busy in a pass that looks at nothing: the signal ends it
// there and then. Nothing is left.
func TestReliability10SecondInterrupt(t *testing.T) {
	twice := func(p *os.Process, noticed func() bool) {
		_ = p.Signal(syscall.SIGINT)
		for range 10_000 {
			if noticed() {
				break
			}
			time.Sleep(time.Millisecond)
		}
		time.Sleep(20 * time.Millisecond)
		_ = p.Signal(syscall.SIGINT) // once: a command that lives on ends with an exit code
	}
	const tries = 20 // where the machine stands still, the second one may come too early or too late
	for range tries {
		state := endedBy(t, "pass", twice)
		if status, ok := state.Sys().(syscall.WaitStatus); ok && status.Signaled() && status.Signal() == syscall.SIGINT {
			return
		}
		if state.ExitCode() != cli.ExitInterrupted {
			t.Fatalf("it ended with %v", state)
		}
	}
	t.Errorf("of %d commands none was ended by a second interrupt", tries)
}

// endedBy starts a stubborn command, ends it when it is busy, and returns how it ended. Nothing is left of it.
func endedBy(t *testing.T, kind string, end func(p *os.Process, noticed func() bool)) *os.ProcessState {
	t.Helper()
	if testing.Short() {
		t.Skip("starts processes; -short")
	}
	dir := t.TempDir()
	busy := filepath.Join(dir, "busy")
	cmd := stubborn(t, kind, busy)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	for !exists(busy) {
		select {
		case err := <-ended:
			t.Fatalf("it ended before it was busy: %v", err)
		case <-time.After(time.Millisecond):
		}
	}
	end(cmd.Process, func() bool { return exists(busy + noticed) })
	if err := <-ended; !errors.As(err, new(*exec.ExitError)) {
		t.Fatal(err)
	}
	for _, path := range []string{busy, busy + noticed} {
		if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
			t.Fatal(err)
		}
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) > 0 || osfile.LeftOver(dir) != nil {
		t.Errorf("left over: %v, %v", entries, err)
	}
	return cmd.ProcessState
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
