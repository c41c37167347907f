package release_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/release"
	"github.com/acdeploy/acdeploy/release/releasetest"
)

// place is a folder in a test.
type place struct {
	*testing.T
	dir string
}

// tampering is a way to change a folder, and what is said then.
type tampering struct {
	change func(at place)
	want   string
}

// tamperings are those that the sums show.
func tamperings() map[string]tampering {
	return map[string]tampering{
		"edited":  {func(at place) { edit(at.T, at.dir, release.CardFile, "acdeploy", "another") }, "README.md was changed: its SHA-256 is not the one in SHA256SUMS"},
		"longer":  {func(at place) { appendTo(at.T, at.dir, release.ModelFile, "x") }, "model.onnx was changed: its SHA-256 is not the one in SHA256SUMS"},
		"missing": {func(at place) { remove(at.T, at.dir, release.BOMFile) }, "bom.cdx.json is missing"},
		"swapped": {
			func(at place) { swap(at.T, at.dir, release.ProvenanceFile, release.EquivalenceFile) },
			"equivalence.intoto.json was changed: its SHA-256 is not the one in SHA256SUMS; provenance.intoto.json was changed: its SHA-256 is not the one in SHA256SUMS",
		},
		"added":          {func(at place) { write(at.T, at.dir, "notes.txt", "") }, "notes.txt is not part of the release"},
		"added folder":   {func(at place) { mkdir(at.T, at.dir, "model.sig") }, "model.sig is not part of the release"},
		"no sums":        {func(at place) { remove(at.T, at.dir, release.SumsFile) }, "it has no SHA256SUMS, so it is not one that acdeploy wrote"},
		"broken sums":    {func(at place) { write(at.T, at.dir, release.SumsFile, "x\n") }, "SHA256SUMS: line 1 is not a SHA-256 and a name"},
		"sums of less":   {func(at place) { cut(at.T, at.dir, release.SumsFile, "README.md") }, "SHA256SUMS does not name README.md"},
		"a link":         {link, "report.html is not a regular file"},
		"no folder":      {func(at place) { removeAll(at.T, at.dir) }, "no such file or directory"},
		"several faults": {func(at place) { write(at.T, at.dir, "x", ""); remove(at.T, at.dir, release.CardFile) }, "x is not part of the release; README.md is missing"},
	}
}

// What is wrong with a folder is told in one line, with the name of the file.
func TestOpenNamesWhatIsWrong(t *testing.T) {
	for name, c := range tamperings() {
		t.Run(name, func(t *testing.T) {
			dir := releasetest.Folder(t).Dir
			c.change(place{t, dir})
			_, err := release.Open(dir)
			if want := "release folder " + dir + ": " + c.want; err == nil || err.Error() != want {
				t.Errorf("got  %v\nwant %s", err, want)
			}
		})
	}
}

// A signature beside the files changes nothing of the release.
func TestOpenWithSignatures(t *testing.T) {
	f := releasetest.Folder(t)
	for _, name := range []string{"model.sig", "SHA256SUMS.sig", "provenance.sigstore", "model.onnx.sigstore.json"} {
		write(t, f.Dir, name, "signature")
	}
	signed, err := release.Open(f.Dir)
	if err != nil || signed.Digest != f.Digest || len(signed.Files) != len(f.Files) {
		t.Errorf("got %+v, %v", signed, err)
	}
}

func TestOpen(t *testing.T) {
	f := releasetest.Folder(t)
	last := ""
	for _, file := range f.Files {
		info, err := os.Stat(filepath.Join(f.Dir, file.Name))
		if err != nil || info.Size() != file.Bytes || len(file.SHA256) != 64 || file.Name <= last {
			t.Errorf("%+v, %v", file, err)
		}
		last = file.Name
	}
	if f.Report.Path != filepath.Join(f.Dir, release.ReportFile) || len(f.Digest) != 64 {
		t.Errorf("got %+v", f)
	}
}

func edit(t *testing.T, dir, name, old, now string) {
	t.Helper()
	text := read(t, dir, name)
	if !bytes.Contains(text, []byte(old)) {
		t.Fatalf("%s has no %q", name, old)
	}
	write(t, dir, name, strings.Replace(string(text), old, now, 1))
}

func cut(t *testing.T, dir, name, word string) {
	t.Helper()
	var kept []string
	for line := range strings.Lines(string(read(t, dir, name))) {
		if !strings.Contains(line, word) {
			kept = append(kept, line)
		}
	}
	write(t, dir, name, strings.Join(kept, ""))
}

func appendTo(t *testing.T, dir, name, text string) {
	t.Helper()
	write(t, dir, name, string(read(t, dir, name))+text)
}

func swap(t *testing.T, dir, a, b string) {
	t.Helper()
	first, second := read(t, dir, a), read(t, dir, b)
	write(t, dir, a, string(second))
	write(t, dir, b, string(first))
}

func link(at place) {
	other := filepath.Join(at.TempDir(), "page")
	if err := os.Rename(filepath.Join(at.dir, release.PageFile), other); err != nil {
		at.Fatal(err)
	}
	if err := os.Symlink(other, filepath.Join(at.dir, release.PageFile)); err != nil {
		at.Skip("no links here: ", err)
	}
}

func read(t *testing.T, dir, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func write(t *testing.T, dir, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func remove(t *testing.T, dir, name string) {
	t.Helper()
	if err := os.Remove(filepath.Join(dir, name)); err != nil {
		t.Fatal(err)
	}
}

func removeAll(t *testing.T, dir string) {
	t.Helper()
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
}

func mkdir(t *testing.T, dir, name string) {
	t.Helper()
	if err := os.Mkdir(filepath.Join(dir, name), 0o755); err != nil {
		t.Fatal(err)
	}
}
