// Package docs_test holds the pages of this folder against the code that they speak of.
package docs_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestExtending puts the files and the lines of extending.md in their places, builds the program with them and
// runs the tests among them. The files exist only for the compiler: go build reads them through an overlay.
func TestExtending(t *testing.T) {
	if testing.Short() {
		t.Skip("builds packages; -short")
	}
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("the go command is not here")
	}
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	page := read(t, "extending.md")
	_, here, ok := strings.Cut(page, "\n## A pass\n") // what stands before it is for modules of one's own
	if !ok {
		t.Fatal("the page has no section of a pass")
	}
	files := extended(t, root, here)
	var packages, tests []string
	for path, text := range files {
		if strings.HasSuffix(path, "_test.go") {
			packages = append(packages, "./"+filepath.Dir(path))
		}
		for _, m := range regexp.MustCompile(`(?m)^func (Test\w+)\(`).FindAllStringSubmatch(text, -1) {
			tests = append(tests, m[1])
		}
	}
	if len(packages) != 4 || len(tests) != 4 {
		t.Fatalf("the page has tests %v in %v, want one each for a pass, an engine, a format and an operator", tests, packages)
	}
	slices.Sort(packages)
	overlay := overlayOf(t, root, files)
	command := func(args ...string) {
		t.Helper()
		c := exec.Command("go", args...)
		c.Dir, c.Env = root, append(os.Environ(), "GOPROXY=off", "GOFLAGS=")
		out, err := c.CombinedOutput()
		if err != nil {
			t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, out)
		}
	}
	out := ""
	for i, folder := range packages {
		// The folder of a new package does not exist, so its test is built first and then run elsewhere.
		test := filepath.Join(t.TempDir(), fmt.Sprintf("%d.test.exe", i))
		command("test", "-vet=off", "-overlay", overlay, "-c", "-o", test, folder)
		run := exec.Command(test, "-test.v", "-test.run", "^("+strings.Join(tests, "|")+")$")
		run.Dir = t.TempDir()
		said, err := run.CombinedOutput()
		if err != nil {
			t.Errorf("the test of %s: %v\n%s", folder, err, said)
		}
		out += string(said)
	}
	for _, name := range tests {
		if !strings.Contains(out, "--- PASS: "+name+" ") {
			t.Errorf("%s did not run:\n%s", name, out)
		}
	}
	program := filepath.Join(t.TempDir(), "acdeploy.exe")
	command("build", "-overlay", overlay, "-o", program, "./cmd/acdeploy")
	for name, args := range map[string][]string{"how many pairs": {"passes", "eliminate_double_neg"}, "pause": {"backends", "slow"}} {
		help, err := exec.Command(program, args...).CombinedOutput()
		if err != nil || !strings.Contains(string(help), name) {
			t.Errorf("%v does not speak of %q: %v\n%s", args, name, err, help)
		}
	}
}

// TestExtendingQuotesWhatIsSo compares what the page shows of a golden file with a pass's own.
func TestExtendingQuotesWhatIsSo(t *testing.T) {
	page, golden := read(t, "extending.md"), read(t, "../passes/testdata/passtest/fold_batchnorm.golden")
	_, shown, found := strings.Cut(page, "```\nas it is ")
	shown, _, closed := strings.Cut(shown, "```")
	if !found || !closed || !strings.Contains(golden, "\nas it is "+shown) {
		t.Errorf("the page shows\nas it is %s", shown)
	}
}

// block is a fence with code and the last path in bold before it.
var block = regexp.MustCompile("(?ms)^\\*\\*`([^`\n]+)`\\*\\*[^\n]*\n|^```(\\w+)\n(.*?)^```$")

// extended are the files that the page gives, by their paths: new ones, and those to which it adds lines.
func extended(t *testing.T, root, page string) map[string]string {
	t.Helper()
	files, path := map[string]string{}, ""
	for _, m := range block.FindAllStringSubmatch(page, -1) {
		switch {
		case m[1] != "":
			path = m[1]
		case m[2] == "go":
			if _, err := os.Stat(filepath.Join(root, path)); err == nil || files[path] != "" || path == "" {
				t.Fatalf("%q is there already, or has no name", path)
			}
			files[path] = m[3]
		case m[2] == "diff":
			if files[path] == "" {
				files[path] = read(t, filepath.Join(root, path))
			}
			files[path] = patched(t, path, files[path], m[3])
		}
	}
	return files
}

// patched applies the lines of a difference: what stands in the file before, and once, becomes what stands there
// after.
func patched(t *testing.T, path, text, diff string) string {
	t.Helper()
	var before, after strings.Builder
	for line := range strings.Lines(diff) {
		if line[0] != '+' {
			before.WriteString(line[1:])
		}
		if line[0] != '-' {
			after.WriteString(line[1:])
		}
	}
	if n := strings.Count(text, before.String()); n != 1 {
		t.Fatalf("%s has these lines %d times:\n%s", path, n, before.String())
	}
	return strings.Replace(text, before.String(), after.String(), 1)
}

// overlayOf writes the files, and the list that tells go build where they are.
func overlayOf(t *testing.T, root string, files map[string]string) string {
	t.Helper()
	folder := t.TempDir()
	replace := map[string]string{}
	for _, path := range slices.Sorted(maps.Keys(files)) {
		at := filepath.Join(folder, strings.ReplaceAll(path, "/", "__"))
		write(t, at, []byte(files[path]))
		replace[filepath.Join(root, filepath.FromSlash(path))] = at
	}
	list, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		t.Fatal(err)
	}
	overlay := filepath.Join(folder, "overlay.json")
	write(t, overlay, list)
	return overlay
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func write(t *testing.T, path string, text []byte) {
	t.Helper()
	if err := os.WriteFile(path, text, 0o644); err != nil {
		t.Fatal(err)
	}
}
