package docs_test

import (
	"flag"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the files in which tests stand now")

// link is a test that a page names, with the file in which it stands.
var link = regexp.MustCompile(`\[(Test\w+)\]\(\.\./([^)\s]+_test\.go)\)`)

// TestAlgebra finds every test that algebra.md names, in the file that it names. A test that has moved to another
// file is put right by go test ./docs -run TestAlgebra -update.
func TestAlgebra(t *testing.T) {
	page := read(t, "algebra.md")
	if n := len(link.FindAllString(page, -1)); n < 40 {
		t.Errorf("%d tests are named: the links read in another way", n)
	}
	all := testsOf(t, "..")
	mended := link.ReplaceAllStringFunc(page, func(text string) string {
		m := link.FindStringSubmatch(text)
		name, file := m[1], m[2]
		if all[name][file] {
			return text
		}
		if now := soleFile(all[name], path.Dir(file)); *update && now != "" {
			return "[" + name + "](../" + now + ")"
		}
		t.Errorf("%s is not in %s; tests of that name are in %v", name, file, all[name])
		return text
	})
	if *update {
		write(t, "algebra.md", []byte(mended))
	}
}

// TestLinks finds every file and folder that the pages link to.
func TestLinks(t *testing.T) {
	pages, err := filepath.Glob("*.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, page := range pages {
		for _, m := range regexp.MustCompile(`\]\(([^)#:\s]+)\)`).FindAllStringSubmatch(read(t, page), -1) {
			if _, err := os.Stat(filepath.FromSlash(m[1])); err != nil {
				t.Errorf("%s links to %s: %v", page, m[1], err)
			}
		}
	}
}

// soleFile is the one file of a set, or the one in that folder; "" where there are none or several.
func soleFile(files map[string]bool, folder string) string {
	var here []string
	for file := range files {
		if len(files) == 1 || path.Dir(file) == folder {
			here = append(here, file)
		}
	}
	if len(here) != 1 {
		return ""
	}
	return here[0]
}

// testsOf are the tests below a folder: for each name the files in which it stands.
func testsOf(t *testing.T, root string) map[string]map[string]bool {
	t.Helper()
	test := regexp.MustCompile(`(?m)^func (Test\w+)\(`)
	all := map[string]map[string]bool{}
	err := filepath.WalkDir(root, func(at string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && at != root && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata"):
			return filepath.SkipDir
		case d.IsDir() || !strings.HasSuffix(at, "_test.go"):
			return nil
		}
		file, err := filepath.Rel(root, at)
		if err != nil {
			return err
		}
		for _, m := range test.FindAllStringSubmatch(read(t, at), -1) {
			if all[m[1]] == nil {
				all[m[1]] = map[string]bool{}
			}
			all[m[1]][filepath.ToSlash(file)] = true
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}
