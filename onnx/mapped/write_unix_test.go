//go:build unix

package mapped_test

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/acdeploy/acdeploy/onnx/mapped"
)

func TestFullDiskLeavesNothing(t *testing.T) {
	f := open(t, write(t, filepath.Join(t.TempDir(), "m.onnx"), add(t, 1<<21, "")))
	dir := t.TempDir()
	var old unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_FSIZE, &old); err != nil {
		t.Fatal(err)
	}
	small := old
	small.Cur = 1 << 22 // less than the model, and more than what go test itself writes meanwhile
	if err := unix.Setrlimit(unix.RLIMIT_FSIZE, &small); err != nil {
		t.Skip("no limit on file sizes here: ", err)
	}
	_, err := mapped.Save(context.Background(), filepath.Join(dir, "out.onnx"), f.Model, mapped.Options{})
	if back := unix.Setrlimit(unix.RLIMIT_FSIZE, &old); back != nil {
		t.Fatal(back)
	}
	if err == nil || !strings.HasPrefix(err.Error(), "write model "+filepath.Join(dir, "out.onnx")+": file too large") || strings.Contains(err.Error(), "\n") {
		t.Errorf("got %v", err)
	}
	isEmpty(t, dir)
}
