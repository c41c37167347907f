//go:build unix

package tensorrt

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestMain(m *testing.M) {
	switch spec := os.Getenv(fakeVariable); {
	case filepath.Base(os.Args[0]) == "nvidia-smi":
		fmt.Println("0, Fake GPU, GPU-0, 9.0, 580.1, [N/A]")
		os.Exit(0)
	case spec == "sleep":
		time.Sleep(time.Hour)
	case spec != "":
		os.Exit(newFake(spec).main(os.Args[1:]))
	}
	os.Exit(m.Run())
}

// trtexec is the backend with a fake of the version, "VERSION" or "VERSION FAULT".
func trtexec(t *testing.T, spec string) *TensorRT {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv(fakeVariable, spec)
	b := New()
	b.Trtexec, b.Cache = self, t.TempDir()
	return b
}

// withGPU puts an nvidia-smi on the PATH, so that engines can be kept.
func withGPU(t *testing.T) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.Symlink(self, filepath.Join(dir, "nvidia-smi")); err != nil {
		t.Skip(err)
	}
	t.Setenv("PATH", dir)
}
