package cli_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestReadOnlyRoot verifies and measures where nothing can be written, not even in the folder for temporary files. What
// is lost is a warning.
func TestReadOnlyRoot(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root may make the file system read-only for a process")
	}
	acdeploy := program(t)
	const script = `mount --make-rprivate / && mount -o remount,bind,ro / && ! touch /acdeploy-test 2>/dev/null && exec "$0" "$@"`
	const net = "../examples/cifar_quick/acnet.onnx"
	for _, args := range [][]string{
		{"verify", net, net, "--backend", "reference"},
		{"bench", net, net, "--backend", "reference", "--units", "2", "--duration", "200ms", "--require", "nothing"},
		{"doctor"},
	} {
		cmd := exec.Command("/bin/sh", append([]string{"-c", script, acdeploy}, args...)...)
		cmd.Env = append(os.Environ(), "HOME=/nonexistent", "XDG_CACHE_HOME=", "TMPDIR=/", "ACDEPLOY_ORT_LIB=", "ORT_DYLIB_PATH=")
		cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS}
		out, err := cmd.CombinedOutput()
		text := string(out)
		if cmd.ProcessState == nil || strings.Contains(text, "mount: ") {
			t.Skipf("this system lets nobody change mounts: %v %s", err, text)
		}
		if err != nil || strings.Contains(text, "acdeploy: ") {
			t.Errorf("%s: %v\n%s", args[0], err, text)
		}
	}
}

// TestFullCacheDisk verifies, fuses and measures where the disk of the cache is full: the journal that cannot be kept is a warning.
func TestFullCacheDisk(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root may mount a small disk")
	}
	acdeploy, cache := program(t), t.TempDir()
	const script = `mount --make-rprivate / && mount -t tmpfs -o size=32k acdeploy "$XDG_CACHE_HOME" || exit
cat /dev/zero >"$XDG_CACHE_HOME/fill" 2>/dev/null
! echo more >"$XDG_CACHE_HOME/more" 2>/dev/null && exec "$0" "$@"`
	const net = "../examples/cifar_quick/acnet.onnx"
	for _, c := range []struct {
		args  []string
		warns string
	}{
		{[]string{"fuse", net, "-o", filepath.Join(t.TempDir(), "fused.onnx"), "--verify", "--backend", "reference"}, ""},
		{[]string{"verify", net, net, "--backend", "reference"}, ""},
		{[]string{"bench", net, net, "--backend", "reference", "--units", "2", "--duration", "200ms", "--require", "nothing"}, ": no space left on device; what is measured would be lost with an interruption"},
		{[]string{"doctor"}, ""},
	} {
		cmd := exec.Command("/bin/sh", append([]string{"-c", script, acdeploy}, c.args...)...)
		cmd.Env = append(os.Environ(), "XDG_CACHE_HOME="+cache, "ACDEPLOY_ORT_LIB=", "ORT_DYLIB_PATH=")
		cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS}
		out, err := cmd.CombinedOutput()
		text := string(out)
		if cmd.ProcessState == nil || strings.Contains(text, "mount: ") {
			t.Skipf("this system lets nobody mount a disk: %v %s", err, text)
		}
		if err != nil || strings.Contains(text, "acdeploy: ") || !strings.Contains(text, c.warns) {
			t.Errorf("%s: %v, and it should say %q\n%s", c.args[0], err, c.warns, text)
		}
	}
}
