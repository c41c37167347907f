package osfile_test

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
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

// A name has one writer, wherever its lock has been before, and nothing stays of the lock.
func TestReliability1LockName(t *testing.T) {
	path := filepath.Join(t.TempDir(), "m.onnx")
	unlock, held := osfile.LockName(path)
	if !held {
		t.Fatal("it is held by nobody")
	}
	if _, held := osfile.LockName(path); held {
		t.Error("it was given twice")
	}
	unlock()
	if entries, err := os.ReadDir(filepath.Dir(path)); err != nil || len(entries) != 0 {
		t.Errorf("left: %v, %v", entries, err)
	}
	var writers, most atomic.Int32
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() {
			for range 200 {
				unlock, held := osfile.LockName(path)
				if !held {
					continue
				}
				if n := writers.Add(1); n > most.Load() {
					most.Store(n)
				}
				runtime.Gosched()
				writers.Add(-1)
				unlock()
			}
		})
	}
	wait.Wait()
	if most.Load() != 1 {
		t.Errorf("%d writers at the same time", most.Load())
	}
	if unlock, held := osfile.LockName(filepath.Join(t.TempDir(), "absent", "m.onnx")); !held {
		t.Error("where no lock can be made, nobody may write")
	} else {
		unlock()
	}
}
