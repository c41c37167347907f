//go:build unix

package tensorrt

import (
	"context"
	"errors"
	"fmt"
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

// TestReliability2TrtexecThatPrintsWithoutEnd has a program print without end: it is ended soon, and little of it is kept.
func TestReliability2TrtexecThatPrintsWithoutEnd(t *testing.T) {
	script := filepath.Join(t.TempDir(), "trtexec")
	if err := os.WriteFile(script, []byte("#!/bin/sh\necho first; exec yes 'a line of what nobody asked for'\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	r := run(t.Context(), command{path: script, timeout: 5 * time.Minute})
	if r.err != nil {
		t.Skip("no shell:", r.err)
	}
	if !r.flooded || r.timedOut || len(r.stdout) > 3*maxEnd || !strings.HasPrefix(r.stdout, "first\n") {
		t.Errorf("flooded %v, timed out %v, %d bytes kept", r.flooded, r.timedOut, len(r.stdout))
	}
	if took := time.Since(start); took > time.Minute {
		t.Errorf("it took %s", took)
	}
	checkError(t, "run", diagnose(stepRun, r), "it printed more than 256 MiB and was killed")
}

func TestBoundedKeepsBothEnds(t *testing.T) {
	b := bounded{stop: func() {}}
	for i := range 400_000 {
		if _, err := fmt.Fprintf(&b, "line %07d\n", i); err != nil {
			t.Fatal(err)
		}
		if held := len(b.head) + len(b.tail); held > 3*maxEnd {
			t.Fatalf("%d bytes are held", held)
		}
	}
	text := b.String()
	if !strings.HasPrefix(text, "line 0000000\n") || !strings.HasSuffix(text, "line 0399999\n") || !strings.Contains(text, "bytes left out") {
		t.Errorf("%.60q … %q", text, text[len(text)-60:])
	}
	if len(text) > 2*maxEnd+100 || b.flooded() {
		t.Errorf("%d bytes kept, flooded %v", len(text), b.flooded())
	}
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
