package cli

import (
	"io"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// Every command shows examples that it would read, and its exit codes.
func TestHelp(t *testing.T) {
	root := newRoot(&app{out: io.Discard, err: io.Discard})
	shown := map[string]bool{}
	for _, c := range allCommands(root) {
		if c.Hidden || c.HasSubCommands() || c.Name() == "help" {
			continue
		}
		shown[name(c)] = true
		usage := c.UsageString()
		for _, want := range []string{"Examples:\n  ", "\nExit codes:\n  0    all good\n"} {
			if !strings.Contains(usage, want) {
				t.Errorf("%s: %q is not in its help:\n%s", name(c), want, usage)
			}
		}
		for line := range strings.Lines(c.Example) {
			if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
				checkExample(t, root, c, line)
			}
		}
	}
	for of := range helps() {
		if !shown[of] {
			t.Errorf("there is help of %q, which is no command", of)
		}
	}
}

// checkExample reads an example as the shell and the command would, and runs nothing.
func checkExample(t *testing.T, root, of *cobra.Command, line string) {
	t.Helper()
	line, _, _ = strings.Cut(line, " > ")
	words := split(line)
	c, rest, err := root.Find(words[1:])
	if err != nil || c != of || words[0] != "acdeploy" {
		t.Errorf("%q is no example of %s: %v", line, name(of), err)
		return
	}
	if err := c.ParseFlags(rest); err != nil {
		t.Errorf("%q: %v", line, err)
	} else if err := c.ValidateArgs(c.Flags().Args()); err != nil {
		t.Errorf("%q: %v", line, err)
	}
}

// split takes a line apart as a shell does that knows single quotes.
func split(line string) []string {
	var words []string
	for k, part := range strings.Split(line, "'") {
		if k%2 == 1 {
			words = append(words, part)
		} else {
			words = append(words, strings.Fields(part)...)
		}
	}
	return words
}
