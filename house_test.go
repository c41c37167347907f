package acdeploy_test

import (
	"bufio"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"strings"
	"testing"
)

// The most source files that a package may have. In those that are named, a file stands for one command,
// one network, one family of operators.
const mostFiles = 25

func mayBeLarger() []string { return []string{"cli", "internal/zoo", "backends/reference"} }

// untestedList names the files with logic that have no test file of their own name, each with the reason.
const untestedList = "testdata/untested.txt"

// sources are the Go files of the repository that somebody wrote, tests apart, by package folder.
func sources(t *testing.T) map[string][]string {
	t.Helper()
	found := map[string][]string{}
	err := fs.WalkDir(os.DirFS("."), ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && name != "." && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata" || d.Name() == "bin"):
			return fs.SkipDir
		case d.IsDir() || path.Ext(name) != ".go" || strings.HasSuffix(name, "_test.go"):
			return nil
		}
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		if head, _, _ := strings.Cut(string(text), "\npackage "); strings.Contains("\n"+head, "\n// Code generated ") {
			return nil
		}
		found[path.Dir(name)] = append(found[path.Dir(name)], name)
		return nil
	})
	if err != nil || len(found) < 20 {
		t.Fatalf("%d packages, %v", len(found), err)
	}
	return found
}

// TestPackagesAreSmall keeps packages to a size that a newcomer can look over.
func TestPackagesAreSmall(t *testing.T) {
	for folder, files := range sources(t) {
		if len(files) > mostFiles && !slices.Contains(mayBeLarger(), folder) {
			t.Errorf("%s has %d source files, at most %d are allowed: split it", folder, len(files), mostFiles)
		}
	}
}

// TestFilesHaveTests finds the test of each file: x.go is tested by x_test.go. A file without one needs a line
// in the list, and a line needs such a file.
func TestFilesHaveTests(t *testing.T) {
	excused := untested(t)
	for _, files := range sources(t) {
		for _, name := range files {
			if !hasLogic(t, name) || hasTest(name) {
				continue
			}
			if _, ok := excused[name]; !ok {
				t.Errorf("%s has no test file: write %s, or say in %s why not", name, strings.TrimSuffix(name, ".go")+"_test.go", untestedList)
			}
			delete(excused, name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(excused)) {
		t.Errorf("%s names %s, which has a test, has no logic or is not there: remove the line", untestedList, name)
	}
}

// untested reads the list: on each line a file, a tab and the reason.
func untested(t *testing.T) map[string]string {
	t.Helper()
	file, err := os.Open(untestedList)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	list := map[string]string{}
	for lines := bufio.NewScanner(file); lines.Scan(); {
		name, reason, ok := strings.Cut(lines.Text(), "\t")
		if !ok || strings.TrimSpace(reason) == "" {
			t.Errorf("%s: %q has no reason", untestedList, lines.Text())
		}
		list[name] = reason
	}
	return list
}

// hasTest looks for the test file of a source file. One test may serve the variants of a file for several
// systems: lock_test.go tests lock_unix.go too. A command may have a script instead.
func hasTest(name string) bool {
	stem := strings.TrimSuffix(name, ".go")
	if folder, command := path.Split(stem); folder == "cli/" {
		if _, err := os.Stat("cli/testdata/script/" + command + ".txtar"); err == nil {
			return true
		}
	}
	stems := []string{stem}
	for _, system := range []string{"_unix", "_windows", "_linux", "_darwin", "_other", "_cgo", "_nocgo"} {
		if short, ok := strings.CutSuffix(stem, system); ok {
			stems = append(stems, short)
		}
	}
	for _, s := range stems {
		for _, suffix := range []string{"_test.go", "_unix_test.go", "_linux_test.go"} {
			if _, err := os.Stat(s + suffix); err == nil {
				return true
			}
		}
	}
	return false
}

// hasLogic reports whether a file decides anything: whether some function of it branches or repeats.
func hasLogic(t *testing.T, name string) bool {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	found := false
	ast.Inspect(file, func(n ast.Node) bool {
		switch n.(type) {
		case *ast.IfStmt, *ast.ForStmt, *ast.RangeStmt, *ast.SwitchStmt, *ast.TypeSwitchStmt, *ast.SelectStmt:
			found = true
		}
		return !found
	})
	return found
}

// TestPackagesHaveATableOfImports finds the rule of each package in the linter's table of who may import whom. An
// example is a program of its own, and may import what it likes.
func TestPackagesHaveATableOfImports(t *testing.T) {
	text, err := os.ReadFile(".golangci.yml")
	if err != nil {
		t.Fatal(err)
	}
	for folder := range sources(t) {
		if strings.HasPrefix(folder, "examples/") {
			continue
		}
		if folder == "." {
			folder = ""
		} else {
			folder += "/"
		}
		if own := `"${base-path}/` + folder; !strings.Contains(string(text), own+"*.go") && !strings.Contains(string(text), own+"**/*.go") &&
			!strings.Contains(string(text), `"${base-path}/`+path.Dir(path.Clean(folder))+"/**/*.go") {
			t.Errorf("package %s has no rule in .golangci.yml: say there what it may import", folder)
		}
	}
}
