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
		if err != nil || got.Verdict != want || (got.How == "") != (want == Good) {
			t.Errorf("%s: got %v, %v, want %d", line, got, err, want)
		}
	}
	for _, line := range []string{"no_such_program_here", "/dev/null"} {
		if _, err := (Command{Line: line}).Check(t.Context(), path); err == nil || strings.Contains(err.Error(), "\n") || !strings.Contains(err.Error(), line) {
			t.Errorf("%s: got %v", line, err)
		}
	}
}

// How a check ended is told with its last words; a line that is none of the shell is an error before it runs.
func TestCommandTells(t *testing.T) {
	if _, err := os.Stat("/bin/sh"); err != nil {
		t.Skip("there is no /bin/sh:", err)
	}
	got, err := Command{Line: "echo first; echo last; exit 7 #"}.Check(t.Context(), "x")
	if err != nil || got != (Answer{Bad, "exit code 7, last"}) {
		t.Errorf("got %+v, %v", got, err)
	}
	for line, valid := range map[string]bool{"false": true, "exit 125 #": true, "if": false, "echo 'x": false, "a | | b": false} {
		if err := (Command{Line: line}).Valid(t.Context()); (err == nil) != valid || err != nil && strings.Contains(err.Error(), "\n") {
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
	if got, err := hang.Check(t.Context(), "x"); got.Verdict != Unknown || got.How != "it took longer than the timeout, 50ms" || err != nil {
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

// TestScripts names the script that is not there before anything starts, and takes no other word for one.
func TestScripts(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.WriteFile("there.sh", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for line, script := range map[string]string{
		"sh missing.sh":                          "missing.sh",
		"/usr/bin/python3.12 sub/x.py --all":     "sub/x.py",
		"LIMIT=1 A= python3 missing.py":          "missing.py",
		"sh there.sh":                            "",
		"sh -c 'exit 1' #":                       "",
		"python3 -m accuracy":                    "",
		`sh "$HOME"/x.sh`:                        "",
		"sh ~/x.sh":                              "",
		"cd elsewhere && sh x.sh":                "",
		"acdeploy gate missing.json --at 0.5":    "",
		"sh":                                     "",
		"":                                       "",
		"grep -q missing.sh || python3 there.sh": "",
	} {
		err := Command{Line: line}.Valid(t.Context())
		if script == "" && err != nil || script != "" && (err == nil || !strings.Contains(err.Error(), "the script "+script+", which is not there")) {
			t.Errorf("%s: got %v, want %q", line, err, script)
		}
	}
}
