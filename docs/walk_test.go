package docs_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// walk follows a part of a page from top to bottom, in an empty folder outside of this repository: it runs each command, and writes each
// file that is given. Nothing is known of this repository but its path, in ACDEPLOY.
type walk struct {
	t      *testing.T
	folder string // that the commands have reached
	env    []string
	said   []string // by each block of commands
}

func newWalk(t *testing.T) *walk {
	t.Helper()
	if testing.Short() {
		t.Skip("builds programs; -short")
	}
	for _, program := range []string{"go", "bash", "git"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("the command %s is not here", program)
		}
	}
	bin := t.TempDir()
	root := build(t, filepath.Join(bin, "acdeploy"))
	w := &walk{t: t, folder: t.TempDir()}
	for _, setting := range os.Environ() {
		if name, _, _ := strings.Cut(setting, "="); name != "CGO_CFLAGS" && name != "PATH" {
			w.env = append(w.env, setting)
		}
	}
	w.env = append(w.env, "PATH="+bin+string(os.PathListSeparator)+os.Getenv("PATH"), "ACDEPLOY="+root, "GOPROXY=off", "GOFLAGS=", "GOWORK=off",
		"GIT_AUTHOR_NAME=reader", "GIT_AUTHOR_EMAIL=reader@example.com", "GIT_COMMITTER_NAME=reader", "GIT_COMMITTER_EMAIL=reader@example.com", "GIT_CONFIG_GLOBAL=/dev/null")
	return w
}

// run runs a block of commands, each of which has to succeed.
func (w *walk) run(commands string) {
	w.t.Helper()
	reached := filepath.Join(w.t.TempDir(), "folder")
	c := exec.Command("bash", "-euc", commands+"\npwd >"+reached)
	c.Dir, c.Env = w.folder, w.env
	out, err := c.CombinedOutput()
	if err != nil {
		w.t.Fatalf("%v\n$ %s\n%s", err, commands, out)
	}
	w.said = append(w.said, string(out))
	w.folder = strings.TrimSpace(read(w.t, reached))
}

// file writes a file, or puts one in the place of what a command wrote.
func (w *walk) file(name, text string) {
	w.t.Helper()
	write(w.t, filepath.Join(w.folder, filepath.FromSlash(name)), []byte(text))
}

// section is the part of a page below a heading, up to the next one of its rank.
func section(t *testing.T, page, heading string) string {
	t.Helper()
	_, text, ok := strings.Cut(page, "\n## "+heading+"\n")
	if !ok {
		t.Fatalf("the page has no section %q", heading)
	}
	text, _, _ = strings.Cut(text, "\n## ")
	return text
}

// follow does what a section says.
func (w *walk) follow(text string) {
	w.t.Helper()
	path := ""
	for _, m := range block.FindAllStringSubmatch(text, -1) {
		switch language := m[2]; {
		case m[1] != "":
			path = m[1]
		case language == "sh":
			w.run(m[3])
		case path == "":
			w.t.Fatalf("a block of %s has no name of a file before it:\n%s", language, m[3])
		case language == "diff":
			at := filepath.Join(w.folder, filepath.FromSlash(path))
			w.file(path, patched(w.t, path, read(w.t, at), m[3]))
		default:
			w.file(path, m[3])
			path = ""
		}
	}
}

// TestWalk follows the page from nothing to a released pass.
func TestWalk(t *testing.T) {
	w := newWalk(t)
	text := section(t, read(t, "extending.md"), "From nothing to a released pass")
	w.follow(text)
	said := strings.Join(w.said, "")
	if n := len(regexp.MustCompile(`(?m)^ok  \t`).FindAllString(said, -1)); n < 2 {
		t.Errorf("the tests ran %d times:\n%s", n, said)
	}
	if first := w.said[len(w.said)-1]; !strings.HasPrefix(first, "move_relu ") {
		t.Errorf("the first pass is\n%s", first)
	}
	for _, words := range []string{"move_relu: moves a Relu", "move_relu: 2 rewrites", "Equal in exact arithmetic"} {
		if !strings.Contains(said, words) {
			t.Errorf("no command says %q:\n%s", words, said)
		}
	}
}

// TestWalkOfAnEngine does the same for an engine.
func TestWalkOfAnEngine(t *testing.T) {
	w := newWalk(t)
	w.follow(section(t, read(t, "extending.md"), "An engine of your own"))
	said := strings.Join(w.said, "")
	for _, words := range []string{"ok  \t", "my_engine: ", "| my_engine "} {
		if !strings.Contains(said, words) {
			t.Errorf("no command says %q:\n%s", words, said)
		}
	}
}
