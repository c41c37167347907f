package osfile_test

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/acdeploy/acdeploy/internal/osfile"
)

// lockEnv makes this test binary a process that holds the lock of a folder until it is killed.
const lockEnv = "ACDEPLOY_OSFILE_TEST_LOCK"

func TestMain(m *testing.M) {
	folder := os.Getenv(lockEnv)
	if folder == "" {
		os.Exit(m.Run())
	}
	if _, held, err := osfile.TryLockFolder(folder); err != nil || !held {
		os.Exit(1)
	}
	os.Stdout.WriteString("held\n")
	_, _ = os.Stdin.Read(make([]byte, 1))
}

func TestTryLock(t *testing.T) {
	path := filepath.Join(t.TempDir(), ".lock")
	unlock, held, err := osfile.TryLock(path)
	if err != nil || !held {
		t.Fatalf("held %v, %v", held, err)
	}
	if _, held, err := osfile.TryLock(path); held || err != nil {
		t.Errorf("a second time: held %v, %v", held, err)
	}
	if err := unlock(); err != nil {
		t.Fatal(err)
	}
	again, held, err := osfile.TryLock(path)
	if err != nil || !held {
		t.Fatalf("after unlock: held %v, %v", held, err)
	}
	if err := again(); err != nil {
		t.Error(err)
	}
	if _, held, err := osfile.TryLock(filepath.Join(t.TempDir(), "absent", ".lock")); held || !os.IsNotExist(err) {
		t.Errorf("in no folder: held %v, %v", held, err)
	}
}

// The lock of another process keeps this one out, and ends when that process is killed.
func TestTryLockFolder(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Skip("the test binary cannot be found to start it again:", err)
	}
	folder := t.TempDir()
	other := exec.Command(self)
	other.Env = append(os.Environ(), lockEnv+"="+folder)
	stdin, err := other.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = stdin.Close() }()
	stdout, err := other.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := other.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(stdout).ReadString('\n'); err != nil {
		t.Fatalf("the other process said %q, %v", line, err)
	}
	if _, held, err := osfile.TryLockFolder(folder); held || err != nil {
		t.Errorf("while another process holds it: held %v, %v", held, err)
	}
	_ = other.Process.Kill()
	_ = other.Wait()
	unlock, held, err := osfile.TryLockFolder(folder)
	if err != nil || !held {
		t.Fatalf("after its end: held %v, %v", held, err)
	}
	if err := unlock(); err != nil {
		t.Error(err)
	}
	if _, held, err := osfile.TryLockFolder(filepath.Join(folder, "absent")); held || !os.IsNotExist(err) {
		t.Errorf("of no folder: held %v, %v", held, err)
	}
}
