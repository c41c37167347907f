//go:build unix

package osfile_test

import (
	"bufio"
	"errors"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/acdeploy/acdeploy/internal/osfile"
)

// Killing the group of a shell ends the program that the shell started, too.
func TestKillGroup(t *testing.T) {
	cmd := exec.Command("/bin/sh", "-c", "sleep 60 & echo $!; wait")
	osfile.NewGroup(cmd)
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Skip("no shell:", err)
	}
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	child, err := strconv.Atoi(strings.TrimSpace(line))
	if err != nil {
		t.Fatal(err)
	}
	if err := osfile.KillGroup(cmd.Process); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	if got := osfile.Signal(cmd.ProcessState); got != "killed" {
		t.Errorf("it ended by %q", got)
	}
	for start := time.Now(); !errors.Is(syscall.Kill(child, 0), syscall.ESRCH); time.Sleep(time.Millisecond) {
		if state, _ := exec.Command("ps", "-o", "stat=", "-p", strconv.Itoa(child)).Output(); strings.HasPrefix(string(state), "Z") {
			return // dead, and waits for the system to collect it
		}
		if time.Since(start) > 10*time.Second {
			t.Fatal("the program that the shell started goes on")
		}
	}
	if osfile.KillGroup(cmd.Process) == nil {
		t.Error("a group that has ended was killed")
	}
}

func TestSignal(t *testing.T) {
	cmd := exec.Command("/bin/sh", "-c", "exit 3")
	if err := cmd.Run(); cmd.ProcessState == nil {
		t.Skip("no shell:", err)
	}
	if got := osfile.Signal(cmd.ProcessState); got != "" {
		t.Errorf("a program that ended by itself ended by %q", got)
	}
}
