package main

import (
	"bytes"
	"context"
	"fmt"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/builtin"
	"github.com/acdeploy/acdeploy/cli"
)

// TestManual runs every `$ acdeploy` block of the package documentation. In what a block expects, … stands
// for anything, also for many lines.
func TestManual(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "doc.go", nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	blocks := blocks(file.Doc.Text())
	if len(blocks) < 3 {
		t.Fatalf("%d blocks in the manual", len(blocks))
	}
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.Symlink(filepath.Join(root, "examples"), filepath.Join(dir, "examples")); err != nil {
		t.Skipf("the examples cannot be linked to: %v", err)
	}
	t.Chdir(dir)
	t.Setenv("ACDEPLOY_ORT_LIB", filepath.Join(dir, "absent.so")) // the same everywhere
	for _, b := range blocks {
		var out, errors bytes.Buffer
		code := cli.Run(context.Background(), &out, &errors, strings.Fields(b.command)[1:], builtin.Toolbox())
		for line := range strings.Lines(errors.String()) {
			if strings.HasPrefix(line, "acdeploy: ") { // progress depends on the machine's speed
				out.WriteString(line)
			}
		}
		if code != cli.ExitOK {
			fmt.Fprintf(&out, "(exit code %d)\n", code)
		}
		if !b.want.Match(out.Bytes()) {
			t.Errorf("$ %s\nprinted\n%s\nwhich does not match\n%s", b.command, &out, b.want)
		}
	}
}

// block is a command with what it has to print.
type block struct {
	command string
	want    *regexp.Regexp
}

func blocks(doc string) []block {
	var all []block
	var command string
	var want []string
	flush := func() {
		if command != "" {
			pattern := regexp.QuoteMeta(strings.Join(want, "\n") + "\n")
			all = append(all, block{command, regexp.MustCompile(`(?s)^` + strings.ReplaceAll(pattern, "…", ".*") + `$`)})
		}
		command, want = "", nil
	}
	for line := range strings.SplitSeq(doc, "\n") {
		text, code := strings.CutPrefix(line, "\t")
		rest, prompt := strings.CutPrefix(text, "$ ")
		switch {
		case code && prompt:
			flush()
			command = rest
		case code && command != "":
			want = append(want, text)
		default:
			flush()
		}
	}
	flush()
	return all
}
