package external_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/acdeploy/acdeploy/pipeline"
)

// TestTimeout kills a program that takes too long, and what it started.
func TestTimeout(t *testing.T) {
	dir := folder(t, "sleep 1000 & echo $! >child; echo 'still at it' >&2; wait\n", nil)
	p := made(dir)
	p.Timeout = 300 * time.Millisecond
	_, _, err := run(t.Context(), t, chain(t, ones(), "Relu"), p, pipeline.Options{})
	if want := "pass exec: ./pass.sh did not end within 300ms and was killed; give it more time with timeout"; err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("got %v", err)
	}
	childIsGone(t, dir)
}

// TestInterrupt kills a program when the context ends, and says that and nothing else.
func TestInterrupt(t *testing.T) {
	dir := folder(t, "sleep 1000 & echo $! >child.new; mv child.new child; wait\n", nil)
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		for range 1000 {
			if _, err := os.Stat(filepath.Join(dir, "child")); err == nil {
				break
			}
			time.Sleep(10 * time.Millisecond)
		}
		cancel()
	}()
	_, _, err := run(ctx, t, chain(t, ones(), "Relu"), made(dir), pipeline.Options{})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	childIsGone(t, dir)
}

// TestLeftBehind kills what a program leaves running when it ends.
func TestLeftBehind(t *testing.T) {
	dir := folder(t, "sleep 1000 >/dev/null 2>&1 & echo $! >child; exit 10\n", nil)
	if _, _, err := run(t.Context(), t, chain(t, ones(), "Relu"), made(dir), pipeline.Options{}); err != nil {
		t.Error(err)
	}
	childIsGone(t, dir)
}

// childIsGone waits until the process whose number stands in the file child has ended.
func childIsGone(t *testing.T, dir string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, "child"))
	if err != nil {
		t.Skip("the program was killed before it started another:", err)
	}
	for range 1000 {
		state, _ := exec.Command("ps", "-o", "stat=", "-p", strings.TrimSpace(string(text))).Output()
		if len(state) == 0 || strings.HasPrefix(string(state), "Z") {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Errorf("process %s goes on", text)
}

// TestEnvironment gives a program no secrets, and everything else.
func TestEnvironment(t *testing.T) {
	for name, kept := range map[string]string{
		"PLAIN_WORD": "seen", "MY_API_KEY": "", "GITHUB_TOKEN": "", "DB_PASSWORD": "", "CLIENT_SECRET": "", "HTTPS_PROXY": "",
	} {
		value := "seen"
		if name == "HTTPS_PROXY" {
			value = "http://me:hush@proxy.example.com:3128/"
		}
		t.Run(name, func(t *testing.T) {
			t.Setenv(name, value)
			dir := folder(t, fmt.Sprintf("echo \"${%s-}\" >value; exit 10\n", name), nil)
			if _, _, err := run(t.Context(), t, chain(t, ones(), "Relu"), made(dir), pipeline.Options{}); err != nil {
				t.Fatal(err)
			}
			if text, err := os.ReadFile(filepath.Join(dir, "value")); err != nil || strings.TrimSpace(string(text)) != kept {
				t.Errorf("it sees %q, %v", text, err)
			}
		})
	}
}

// TestFlood keeps the end of a standard error that does not end, on one line that steers no terminal.
func TestFlood(t *testing.T) {
	dir := folder(t, `yes 'a line that says nothing' | head -c 3000000 >&2
printf '\033[31mred\033[0m \007 bell\n' >&2
printf 'a line of its own: %0999d\n' 1 >&2
exit 1
`, nil)
	_, _, err := run(t.Context(), t, chain(t, ones(), "Relu"), made(dir), pipeline.Options{})
	if err == nil {
		t.Fatal("no error")
	}
	text := err.Error()
	if n := utf8.RuneCountInString(text); n > 700 || strings.ContainsAny(text, "\n\033\007") || !strings.HasSuffix(text, "0001") {
		t.Errorf("%d characters: %q", n, text)
	}
}
