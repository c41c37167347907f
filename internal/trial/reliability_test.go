package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/acdeploy/acdeploy/internal/ledger"
)

// said is what go test -json prints of tests that pass, fail, skip and hang.
const said = `{"Action":"start","Package":"m/a"}
{"Action":"run","Package":"m/a","Test":"TestReliability1Kills"}
{"Action":"attr","Package":"m/a","Test":"TestReliability1Kills","Key":"tried","Value":"200"}
{"Action":"attr","Package":"m/a","Test":"TestReliability1Kills","Key":"note","Value":"62 before its end"}
{"Action":"pass","Package":"m/a","Test":"TestReliability1Kills"}
{"Action":"run","Package":"m/a","Test":"TestReliability2Cases"}
{"Action":"run","Package":"m/a","Test":"TestReliability2Cases/one"}
{"Action":"run","Package":"m/a","Test":"TestReliability2Cases/one/deep"}
{"Action":"attr","Package":"m/a","Test":"TestReliability2Cases/one/deep","Key":"tried","Value":"5"}
{"Action":"run","Package":"m/a","Test":"TestReliability2Cases/two"}
{"Action":"pass","Package":"m/a","Test":"TestReliability2Cases/one/deep"}
{"Action":"pass","Package":"m/a","Test":"TestReliability2Cases/one"}
{"Action":"fail","Package":"m/a","Test":"TestReliability2Cases/two"}
{"Action":"fail","Package":"m/a","Test":"TestReliability2Cases"}
{"Action":"run","Package":"m/a","Test":"TestOther"}
{"Action":"fail","Package":"m/a","Test":"TestOther"}
{"Action":"fail","Package":"m/a"}
no JSON at all
{"Action":"run","Package":"m/b","Test":"TestReliability3Absent"}
{"Action":"output","Package":"m/b","Test":"TestReliability3Absent","Output":"    b_test.go:7: no archive\n"}
{"Action":"output","Package":"m/b","Test":"TestReliability3Absent","Output":"--- SKIP: TestReliability3Absent (0.00s)\n"}
{"Action":"skip","Package":"m/b","Test":"TestReliability3Absent"}
{"Action":"run","Package":"m/b","Test":"TestReliability4Hangs"}
`

func TestFeatsAreWhatGoTestSays(t *testing.T) {
	got, err := readFeats(strings.NewReader(said))
	if err != nil {
		t.Fatal(err)
	}
	want := []feat{
		{Test: "TestReliability1Kills", Package: "m/a", Tried: 200, Survived: 200, Note: "62 before its end"},
		{Test: "TestReliability2Cases", Package: "m/a", Tried: 6, Survived: 5, Failed: true},
		{Test: "TestReliability3Absent", Package: "m/b", Skipped: "no archive"},
		{Test: "TestReliability4Hangs", Package: "m/b", Tried: 1, Failed: true},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if _, err := readFeats(strings.NewReader(`{"Action":"fail","Package":"m/c"}` + "\n")); err == nil || !strings.Contains(err.Error(), "m/c") {
		t.Errorf("a package that does not build: %v", err)
	}
}

func TestMergedKeepsWhatWasNotRunAgain(t *testing.T) {
	before := []feat{{Test: "TestReliability2B", Package: "p", Tried: 1}, {Test: "TestReliability2B", Package: "q", Tried: 2}}
	got := merged(before, []feat{{Test: "TestReliability2B", Package: "q", Tried: 3}, {Test: "TestReliability10A", Package: "p"}, {Test: "TestReliability1Z", Package: "p"}})
	var names []string
	for _, f := range got {
		names = append(names, f.key())
	}
	if diff := cmp.Diff([]string{"p TestReliability1Z", "p TestReliability2B", "q TestReliability2B", "p TestReliability10A"}, names); diff != "" || got[2].Tried != 3 {
		t.Error(diff, got)
	}
}

// testsOfReliability are those in the source, by folder and name.
func testsOfReliability(t *testing.T) map[string]bool {
	t.Helper()
	named := regexp.MustCompile(`(?m)^func (TestReliability\w*)\(`)
	found := map[string]bool{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (strings.HasPrefix(d.Name(), ".") && path != root || d.Name() == "bin"):
			return filepath.SkipDir
		case d.IsDir() || !strings.HasSuffix(path, "_test.go"):
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		folder, err := filepath.Rel(root, filepath.Dir(path))
		if err != nil {
			return err
		}
		for _, m := range named.FindAllStringSubmatch(string(text), -1) {
			found[filepath.ToSlash(folder)+" "+m[1]] = true
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

const root = "../.."

// TestRowsAreOfEveryTestOfReliability finds a test that the committed rows do not have, a row whose test is gone, and one that failed or was
// skipped. make crash-test RELIABILITY=NAME adds a row.
func TestRowsAreOfEveryTestOfReliability(t *testing.T) {
	feats, err := ledger.Read[feat](filepath.Join(root, "docs", "reliability.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	tests := testsOfReliability(t)
	for _, f := range feats {
		name := folderOf(f.Package) + " " + f.Test
		if !tests[name] {
			t.Errorf("%s is in the rows, and nowhere else", name)
		}
		delete(tests, name)
		if f.Failed || f.Skipped != "" || f.Tried == 0 || f.Survived != f.Tried {
			t.Errorf("%s: tried %d, survived %d, failed %t, skipped %q", name, f.Tried, f.Survived, f.Failed, f.Skipped)
		}
	}
	for name := range tests {
		t.Errorf("%s is in no row: make crash-test RELIABILITY=%s", name, name[strings.Index(name, " ")+1:])
	}
}
