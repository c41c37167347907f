package formats

import (
	"strings"
	"testing"
)

// TestTerminalLayout breaks what is longer than a terminal is wide, and indents the lines of an item after
// its first.
func TestTerminalLayout(t *testing.T) {
	l := terminalLayout(true)
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
