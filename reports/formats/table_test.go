package formats

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/acdeploy/acdeploy/reports"
)

// TestTerminalLayout breaks what is longer than a terminal is wide, and indents the lines of an item after
// its first.
func TestTerminalLayout(t *testing.T) {
	l := terminalLayout(reports.Output{ASCII: true})
	long := strings.Repeat("word ", 24) + "end"
	if got := l.paragraph(long); got != strings.Repeat("word ", 19)+"word\n"+strings.Repeat("word ", 4)+"end\n" {
		t.Errorf("a paragraph is %q", got)
	}
	if got := l.item(long); got != "- "+strings.Repeat("word ", 19)[:94]+"\n  "+strings.Repeat("word ", 5)+"end\n" {
		t.Errorf("an item is %q", got)
	}
	if got := l.heading("Result"); got != "Result\n" {
		t.Errorf("a heading is %q", got)
	}
}

// TestBrief begins with the result and ends with the small table, and no line is longer than the terminal is wide.
func TestBrief(t *testing.T) {
	doc := pageOf{reports.Page{
		Result:   &reports.Section{Title: "Result", Lead: []string{strings.Repeat("word ", 30)}},
		Summary:  &reports.Section{Title: "Latency", Table: &reports.Table{Columns: []reports.Column{{Title: "model"}}, Rows: [][]string{{strings.Repeat("x", 90)}}}},
		Evidence: []reports.Section{{Title: "Evidence"}},
	}}
	var out strings.Builder
	if err := (tableFormat{}).Write(reports.Output{Writer: &out, ASCII: true, Width: 40, Brief: true}, doc); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(out.String(), "\n")
	if lines[0] != "Result" || strings.Contains(out.String(), "Evidence") || !strings.Contains(out.String(), "\nLatency\n") {
		t.Errorf("got\n%s", out.String())
	}
	for _, line := range lines {
		if n := utf8.RuneCountInString(line); n > 40 {
			t.Errorf("%d characters: %s", n, line)
		}
	}
}
