package cli

import (
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/backends/ort/library"
)

func TestInstalledLine(t *testing.T) {
	l := library.Installed{Version: "1.32.0", Flavour: "cpu", Bytes: 46_000_000, Path: "/lib/x.so"}
	if got, want := installedLine(l), "1.32.0 cpu  46.0 MB  /lib/x.so"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	l.Fault = "its digest is another"
	if got := installedLine(l); !strings.HasSuffix(got, "  UNUSABLE: its digest is another") {
		t.Errorf("got %q", got)
	}
}

// What is to be removed and is not there is told with what is.
func TestNotInstalled(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	t.Setenv("HOME", t.TempDir())
	got := notInstalled("1.0.0", "cpu").Error()
	if want := "remove onnxruntime 1.0.0 cpu: it is not installed; no version is"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
