//go:build unix

package mapped_test

import (
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

func TestNamedPipesAreNotWaitedFor(t *testing.T) {
	dir := t.TempDir()
	pipe := filepath.Join(dir, "pipe")
	if err := unix.Mkfifo(pipe, 0o600); err != nil {
		t.Skip("no named pipes here: ", err)
	}
	unreadable(t, pipe, "this is not a regular file")
	unreadable(t, write(t, filepath.Join(dir, "m.onnx"), add(t, 300, "pipe")), "this is not a regular file")
}
