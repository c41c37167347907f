package osfile_test

import (
	"os"
	"runtime"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/acdeploy/acdeploy/internal/osfile"
)

// A folder into which files may be put but which may not be read is no failure.
func TestReliability11UnreadableFolder(t *testing.T) {
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o300); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Chmod(dir, 0o700) })
	opened, synced := make(chan error, 1), make(chan error, 1)
	go func() {
		if os.Geteuid() == 0 { // root may read everything; this thread is somebody else now, and ends with its goroutine
			runtime.LockOSThread()
			_ = unix.Setfsuid(65_534)
		}
		f, err := os.Open(dir)
		_ = f.Close()
		opened <- err
		synced <- osfile.SyncFolder(dir)
	}()
	if err := <-opened; !os.IsPermission(err) {
		t.Fatalf("the folder can be read: %v", err)
	}
	if err := <-synced; err != nil {
		t.Error(err)
	}
}
