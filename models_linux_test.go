package acdeploy_test

import (
	"encoding/binary"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/acdeploy/acdeploy"
)

// opens are the files in folders that were opened, and how often, as the kernel counts them.
type opens struct {
	*testing.T
	fd int
}

func watch(t *testing.T, folders ...string) opens {
	t.Helper()
	fd, err := unix.InotifyInit1(unix.IN_NONBLOCK | unix.IN_CLOEXEC)
	if err != nil {
		t.Skip("the kernel does not tell which files are opened: ", err)
	}
	t.Cleanup(func() { _ = unix.Close(fd) })
	for _, folder := range folders {
		if _, err := unix.InotifyAddWatch(fd, folder, unix.IN_OPEN); err != nil {
			t.Fatal(err)
		}
	}
	return opens{t, fd}
}

// count reads how often each file was opened.
func (o opens) count() map[string]int {
	o.Helper()
	counted := map[string]int{}
	buffer := make([]byte, 1<<16)
	for {
		n, err := unix.Read(o.fd, buffer)
		if errors.Is(err, unix.EAGAIN) {
			return counted
		}
		if err != nil {
			o.Fatal(err)
		}
		for events := buffer[:n]; len(events) > 0; {
			size := int(binary.NativeEndian.Uint32(events[12:]))
			if name := unix.ByteSliceToString(events[unix.SizeofInotifyEvent : unix.SizeofInotifyEvent+size]); filepath.Ext(name) == ".onnx" {
				counted[name]++
			}
			events = events[unix.SizeofInotifyEvent+size:]
		}
	}
}

// A run opens each of its models once: what is opened once is decoded and hashed once.
func TestRunOpensEachModelOnce(t *testing.T) {
	unusable(t)
	dir := t.TempDir() // other packages' tests open the examples meanwhile
	if err := os.CopyFS(dir, os.DirFS("examples/cifar_quick")); err != nil {
		t.Fatal(err)
	}
	cfg := config(t, filepath.Join(dir, "acnet.onnx"))
	cfg.Baseline = filepath.Join(dir, "baseline.onnx")
	seen := watch(t, dir, cfg.Report)
	if _, err := acdeploy.Run(t.Context(), cfg, toolbox(), acdeploy.Settings{}, nil); !errors.Is(err, acdeploy.ErrMissing) {
		t.Fatalf("got %v", err)
	}
	want := map[string]int{"acnet.onnx": 1, "baseline.onnx": 1, "fused.onnx": 1}
	if got := seen.count(); !maps.Equal(got, want) {
		t.Errorf("opened %v, want %v", got, want)
	}
}
