package cli

import (
	"bytes"
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Every command has a page, with its examples and its exit codes, the same bytes each time.
func TestMan(t *testing.T) {
	t.Setenv("SOURCE_DATE_EPOCH", "1700000000")
	dir := writePages(t)
	again := writePages(t)
	root := newRoot(&app{out: io.Discard, err: io.Discard})
	pages := 0
	for _, c := range append(allCommands(root), root) {
		if c.Hidden {
			continue
		}
		pages++
		page, err := os.ReadFile(filepath.Join(dir, manName(c)))
		if err != nil {
			t.Error(err)
			continue
		}
		if same, err := os.ReadFile(filepath.Join(again, manName(c))); err != nil || !bytes.Equal(page, same) {
			t.Errorf("%s is not the same when it is written again: %v", manName(c), err)
		}
		if c == root || c.HasSubCommands() {
			continue
		}
		for _, want := range []string{"\n.SH EXAMPLE\n", strings.TrimSpace(c.Example)[:12], "\n.SH EXIT STATUS\n", "the command line or the configuration is wrong", `"Nov 2023"`} {
			if !strings.Contains(string(page), want) {
				t.Errorf("%s: %q is not in it", manName(c), want)
			}
		}
	}
	if files, err := os.ReadDir(dir); err != nil || len(files) != pages {
		t.Errorf("%d files for %d commands: %v", len(files), pages, err)
	}
}

// The pages are what programs that show them take for sound.
func TestManIsSound(t *testing.T) {
	checks := map[string][]string{
		"mandoc": {"-Tlint", "-Werror"}, // tabs, long lines and months as words are no errors
		"groff":  {"-man", "-Kutf8", "-Tutf8", "-ww", "-z"},
	}
	dir := writePages(t)
	pages, err := filepath.Glob(filepath.Join(dir, "*.1"))
	if err != nil || len(pages) == 0 {
		t.Fatal(err)
	}
	for program, args := range checks {
		t.Run(program, func(t *testing.T) {
			if _, err := exec.LookPath(program); err != nil {
				t.Skipf("%s is not installed", program)
			}
			if said, err := exec.Command(program, append(args, pages...)...).CombinedOutput(); err != nil || len(said) > 0 {
				t.Errorf("%v\n%s", err, said)
			}
		})
	}
}

func TestManNowhere(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	var said bytes.Buffer
	if code := Run(context.Background(), io.Discard, &said, []string{"man", file}, Toolbox{}); code != ExitFailed || strings.Count(said.String(), "\n") != 1 {
		t.Errorf("exit code %d: %s", code, said.String())
	}
}

func writePages(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "man")
	var said bytes.Buffer
	if code := Run(context.Background(), &said, &said, []string{"man", dir}, Toolbox{}); code != ExitOK || said.Len() > 0 {
		t.Fatalf("exit code %d: %s", code, said.String())
	}
	return dir
}
