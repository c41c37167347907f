//go:build linux

package osfile_test

import (
	"bufio"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/acdeploy/acdeploy/internal/osfile"
)

const parentVariable = "OSFILE_TEST_PARENT"

// A program that is asked to die with its parent does, even when the parent is killed.
func TestDieWithParent(t *testing.T) {
	if os.Getenv(parentVariable) != "" { // the parent
		child := exec.Command("/bin/sh", "-c", "echo $$; exec sleep 60")
		child.Stdout = os.Stdout
		osfile.NewGroup(child)
		osfile.DieWithParent(child)
		if err := child.Run(); err != nil {
			t.Fatal(err)
		}
		return
	}
	parent := exec.Command(os.Args[0], "-test.run=^TestDieWithParent$")
	parent.Env = append(os.Environ(), parentVariable+"=1")
	out, err := parent.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := parent.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	if err := parent.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = parent.Wait() // it was killed
	stat := "/proc/" + strings.TrimSpace(line) + "/stat"
	for start := time.Now(); time.Since(start) < 10*time.Second; time.Sleep(10 * time.Millisecond) {
		if state, err := os.ReadFile(stat); err != nil || strings.Contains(string(state), ") Z ") {
			return
		}
	}
	t.Error("the program goes on without its parent")
}
