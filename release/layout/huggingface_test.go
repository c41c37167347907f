package layout_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/release"
	"github.com/acdeploy/acdeploy/release/layout"
)

// The folder may be a clone of a repository: what else is in it stays, and what an earlier release left goes.
func TestHuggingFace(t *testing.T) {
	f, dir := folder(t), t.TempDir()
	to := layout.HuggingFace{Path: dir}
	write(t, filepath.Join(dir, "notes.txt"), "mine")
	write(t, filepath.Join(dir, ".gitattributes"), "*.bin filter=lfs diff=lfs merge=lfs -text")
	write(t, filepath.Join(dir, "old.data"), "weights of an earlier release")
	write(t, filepath.Join(dir, release.SumsFile), strings.Repeat("0", 64)+"  old.data\n"+strings.Repeat("0", 64)+"  ../../escape\n")
	if r := publish(t, to, f); r.Unchanged {
		t.Errorf("%+v", r)
	}
	for _, name := range []string{release.ModelFile, release.CardFile, release.ReportFile, release.PageFile, release.EquivalenceFile, release.SumsFile} {
		if read(t, filepath.Join(dir, name)) != read(t, filepath.Join(f.Dir, name)) {
			t.Errorf("%s is another one", name)
		}
	}
	if got, want := read(t, filepath.Join(dir, ".gitattributes")), "*.bin filter=lfs diff=lfs merge=lfs -text\n*.onnx filter=lfs diff=lfs merge=lfs -text\n"; got != want {
		t.Errorf("attributes %q, want %q", got, want)
	}
	if _, err := os.Stat(filepath.Join(dir, "old.data")); err == nil || read(t, filepath.Join(dir, "notes.txt")) != "mine" {
		t.Error("the data of the earlier release is there, or something else is not")
	}
	before := tree(t, dir)
	if r := publish(t, to, f); !r.Unchanged || tree(t, dir) != before {
		t.Errorf("%+v", r)
	}
	if r := publish(t, to, other(t)); r.Unchanged || tree(t, dir) == before {
		t.Errorf("%+v", r)
	}
}

// A full disk leaves the folder as it was. Where only renaming fails, the error says that a part is new, and the same command finishes.
func TestHuggingFaceFails(t *testing.T) {
	dir := t.TempDir()
	to := layout.HuggingFace{Path: dir}
	publish(t, to, folder(t))
	later := other(t)
	eachFault(t, dir, to, later, func() bool { return read(t, filepath.Join(dir, release.SumsFile)) == "later sums\n" })
}
