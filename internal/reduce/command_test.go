package reduce

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestCommand(t *testing.T) {
	if _, err := os.Stat("/bin/sh"); err != nil {
		t.Skip("there is no /bin/sh:", err)
	}
	path := filepath.Join(t.TempDir(), "a model's name.onnx")
	if err := os.WriteFile(path, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	for line, want := range map[string]Verdict{
		"true": Good, "false": Bad, "exit 3 #": Bad, "kill -9 $$ #": Bad, "exit 125 #": Unknown, "test -s": Good, "test ! -s": Bad,
		"sh -c 'exit $(wc -c < \"$1\")' check": Bad,
	} {
		got, err := Command{Line: line}.Check(t.Context(), path)
		if err != nil || got != want {
			t.Errorf("%s: got %d, %v, want %d", line, got, err, want)
		}
	}
	for _, line := range []string{"no_such_program_here", "/dev/null"} {
		if _, err := (Command{Line: line}).Check(t.Context(), path); err == nil || strings.Contains(err.Error(), "\n") || !strings.Contains(err.Error(), line) {
			t.Errorf("%s: got %v", line, err)
		}
	}
}

// A check that hangs is ended with all that it started, by its timeout and by an interrupt.
func TestCommandThatHangs(t *testing.T) {
	if _, err := os.Stat("/bin/sh"); err != nil {
		t.Skip("there is no /bin/sh:", err)
	}
	hang := Command{Line: "sleep 600; true", Timeout: 50 * time.Millisecond}
	if got, err := hang.Check(t.Context(), "x"); got != Unknown || err != nil {
		t.Errorf("got %v, %v", got, err)
	}
	ctx, stop := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer stop()
	hang.Timeout = 0
	if _, err := hang.Check(ctx, "x"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}

func TestTail(t *testing.T) {
	var said tail
	for range 3000 {
		_, _ = said.Write([]byte("much\n"))
	}
	_, _ = said.Write([]byte("the last\x1b line\n"))
	if said.Len() > longest || said.line() != `the last\u001b line` {
		t.Errorf("%d bytes, %q", said.Len(), said.line())
	}
}
