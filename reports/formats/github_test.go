package formats_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/bench/judge"
	"github.com/acdeploy/acdeploy/reports"
	"github.com/acdeploy/acdeploy/reports/formats"
	"github.com/acdeploy/acdeploy/reports/internal/reporttest"
)

// github writes a report where a runner reads its commands.
func github(t *testing.T, r *reports.Report) (commands, text string) {
	t.Helper()
	format, err := formats.Catalog().Make("github", nil)
	if err != nil {
		t.Fatal(err)
	}
	var obeyed, shown bytes.Buffer
	if err := format.Write(reports.Output{Writer: &shown, Commands: &obeyed}, r); err != nil {
		t.Fatal(err)
	}
	return obeyed.String(), shown.String()
}

// TestGitHubAnnotations are commands of one line each, whatever is in a name.
func TestGitHubAnnotations(t *testing.T) {
	t.Setenv("GITHUB_STEP_SUMMARY", "")
	commands, text := github(t, reporttest.Hostile())
	reporttest.Golden(t, "hostile.github.commands", commands)
	if !strings.HasPrefix(text, "## Result\n\nFAILED with exit code 6\\.") && !strings.HasPrefix(text, "## Result\n\nFAILED with exit code 6.") {
		t.Errorf("without a file the summary follows: %.100q", text)
	}
	for line := range strings.Lines(commands) {
		level, rest, _ := strings.Cut(strings.TrimPrefix(line, "::"), " ")
		if !strings.HasPrefix(line, "::") || level != "error" && level != "warning" && level != "notice" || strings.Count(rest, "\n") != 1 {
			t.Errorf("%q is no annotation", line)
		}
	}
}

// TestGitHubShowsTheWorstAnnotations, since the runner drops what is more than it shows.
func TestGitHubShowsTheWorstAnnotations(t *testing.T) {
	t.Setenv("GITHUB_STEP_SUMMARY", "")
	r := reporttest.Whole()
	for i := range 30 {
		r.Controls = append(r.Controls, judge.Control{Name: judge.ControlLoad, State: judge.Warn, Detail: fmt.Sprint("100 %\nof ", i)})
	}
	r.Controls = append(r.Controls, judge.Control{Name: judge.ControlAA, State: judge.Fail, Detail: "far"})
	commands, _ := github(t, r)
	lines := strings.Split(strings.TrimSpace(commands), "\n")
	if len(lines) != 10 || !strings.HasPrefix(lines[1], "::error title=acdeploy%3A a_a_control::far") && !strings.HasPrefix(lines[1], "::error title=acdeploy: ") {
		t.Errorf("%d annotations:\n%s", len(lines), commands)
	}
	if !strings.Contains(commands, "100 %25%0Aof 0") || !strings.HasSuffix(lines[9], "::24 more are in the report") {
		t.Errorf("the annotations are\n%s", commands)
	}
}

// TestGitHubSummary goes to the end of the file that the runner names, and no further than it takes.
func TestGitHubSummary(t *testing.T) {
	file := filepath.Join(t.TempDir(), "summary.md")
	t.Setenv("GITHUB_STEP_SUMMARY", file)
	if err := os.WriteFile(file, []byte("before\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, text := github(t, reporttest.Whole()); text != "" {
		t.Errorf("it is also on standard output: %.80q", text)
	}
	got, err := os.ReadFile(file)
	if err != nil || !strings.HasPrefix(string(got), "before\n## Result\n\nPASSED") {
		t.Errorf("%v, %.80q", err, got)
	}
	long := reporttest.Whole()
	for i := range 3000 {
		long.Fuse.Passes = append(long.Fuse.Passes, reports.Pass{Name: fmt.Sprint(strings.Repeat("@", 30), i)})
	}
	github(t, long)
	got, err = os.ReadFile(file)
	if n := len(got); err != nil || n > 1<<20 || !strings.Contains(string(got), "Left out, since GitHub drops a longer summary: Rewrites.") {
		t.Errorf("%v: the summary has %d bytes", err, n)
	}
	t.Setenv("GITHUB_STEP_SUMMARY", filepath.Join(file, "no"))
	format, _ := formats.Catalog().Make("github", nil)
	if err := format.Write(reports.Output{Writer: &bytes.Buffer{}, Commands: &bytes.Buffer{}}, long); err == nil || !strings.Contains(err.Error(), "GITHUB_STEP_SUMMARY") {
		t.Errorf("a file that cannot be written: %v", err)
	}
}
