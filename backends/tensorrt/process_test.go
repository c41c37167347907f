//go:build unix

package tensorrt

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/acdeploy/acdeploy/backends"
)

func TestHangEndsWithTheWholeGroup(t *testing.T) {
	b := trtexec(t, "10.9.0 hangs")
	b.Timeout = 2 * time.Second
	_, err := b.Open(t.Context(), double(t, "x", "y", 3), backends.Tuning{})
	checkError(t, "open", err, "it did not end within 2s and was killed; raise the option timeout")
	text, err := os.ReadFile(filepath.Join(b.Cache, "child"))
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(string(text))
	if err != nil {
		t.Fatal(err)
	}
	for range 100 {
		// Whoever inherits a killed child may not have collected it yet.
		state, err := os.ReadFile("/proc/" + string(text) + "/stat")
		if syscall.Kill(pid, 0) != nil || err == nil && strings.Contains(string(state), ") Z ") {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Error("what trtexec started is still alive")
}

func TestCancelKillsTheBuild(t *testing.T) {
	b := trtexec(t, "10.9.0 hangs")
	ctx, cancel := context.WithCancel(t.Context())
	if err := b.Check(ctx); err != nil {
		t.Fatal(err)
	}
	time.AfterFunc(200*time.Millisecond, cancel)
	if _, err := b.Open(ctx, double(t, "x", "y", 3), backends.Tuning{}); !errors.Is(err, context.Canceled) {
		t.Errorf("error is %v", err)
	}
}
