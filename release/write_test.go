package release_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/internal/osfile"
	"github.com/acdeploy/acdeploy/model"
	"github.com/acdeploy/acdeploy/onnx"
	"github.com/acdeploy/acdeploy/release"
	"github.com/acdeploy/acdeploy/release/releasetest"
)

// What is written is what is read, and the model is the file that was verified, byte for byte.
func TestWrite(t *testing.T) {
	c := releasetest.Contents(t)
	dir := filepath.Join(t.TempDir(), "a", "release") // a folder around it that is not there yet
	written, err := release.Write(t.Context(), dir, c)
	if err != nil {
		t.Fatal(err)
	}
	opened, err := release.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(written.Files, opened.Files) || written.Digest != opened.Digest || written.Name != opened.Name || written.Alias != opened.Alias {
		t.Errorf("wrote %+v\nread %+v", written, opened)
	}
	before, err := os.ReadFile(c.Model)
	if err != nil || !bytes.Equal(before, read(t, dir, release.ModelFile)) {
		t.Error("the model is another file: ", err)
	}
	if names := listed(t, filepath.Dir(dir)); !slices.Equal(names, []string{"release"}) {
		t.Errorf("beside it are %v", names)
	}
	if info, err := os.Stat(dir); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != newMode(t) {
		t.Errorf("its permissions are %v, not those of a new folder, %v; %v", info.Mode().Perm(), newMode(t), err)
	}
}

// newMode is the permissions that new folders get.
func newMode(t *testing.T) os.FileMode {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "new")
	if err := os.Mkdir(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(dir)
	if err != nil {
		t.Fatal(err)
	}
	return info.Mode().Perm()
}

// The same contents give the same bytes, whenever and wherever they are written.
func TestWriteTwice(t *testing.T) {
	t.Setenv("SOURCE_DATE_EPOCH", "1700000000")
	if first, second := releasetest.Folder(t), releasetest.Folder(t); first.Digest != second.Digest {
		t.Errorf("wrote %+v, then %+v", first.Files, second.Files)
	}
	dated := releasetest.Folder(t)
	t.Setenv("SOURCE_DATE_EPOCH", "")
	plain := releasetest.Folder(t)
	var differ []string
	for i, f := range plain.Files {
		if f != dated.Files[i] {
			differ = append(differ, f.Name)
		}
	}
	if !slices.Equal(differ, []string{release.BOMFile, release.ProvenanceFile}) {
		t.Errorf("SOURCE_DATE_EPOCH shows in %v", differ)
	}
	for _, name := range differ {
		if !bytes.Contains(read(t, dated.Dir, name), []byte("2023-11-14T22:13:20Z")) {
			t.Errorf("%s does not have the time of SOURCE_DATE_EPOCH", name)
		}
	}
	t.Setenv("SOURCE_DATE_EPOCH", "yesterday")
	_, err := release.Write(t.Context(), filepath.Join(t.TempDir(), "r"), releasetest.Contents(t))
	if err == nil || !strings.HasSuffix(err.Error(), `SOURCE_DATE_EPOCH is "yesterday"; it is seconds since 1970`) {
		t.Errorf("got %v", err)
	}
}

// A release takes the place of an earlier one, its signatures included; a link to it stays a link.
func TestWriteReplaces(t *testing.T) {
	f := releasetest.Folder(t)
	write(t, f.Dir, "model.sig", "of the earlier one")
	link := filepath.Join(t.TempDir(), "latest")
	if err := os.Symlink(f.Dir, link); err != nil {
		t.Skip("no links here: ", err)
	}
	c := releasetest.Contents(t)
	c.Report.Seeds.Bench++
	if _, err := release.Write(t.Context(), link, c); err != nil {
		t.Fatal(err)
	}
	again, err := release.Open(f.Dir)
	if err != nil || again.Digest == f.Digest {
		t.Fatal(again, err)
	}
	if names := listed(t, f.Dir); slices.Contains(names, "model.sig") || len(names) != 8 {
		t.Errorf("left %v", names)
	}
	if info, err := os.Lstat(link); err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Errorf("the link is %v, %v", info, err)
	}
}

// Whatever fails, the earlier folder is as it was, and nothing lies beside it.
func TestWriteThatFails(t *testing.T) {
	full := errors.New("no space left on device")
	f := releasetest.Folder(t)
	c := releasetest.Contents(t)
	operations := 0
	count := osfile.WithFaults(t.Context(), func(osfile.Op, string) error { operations++; return nil })
	if _, err := release.Write(count, filepath.Join(t.TempDir(), "r"), c); err != nil || operations < 20 {
		t.Fatal(operations, err)
	}
	for n := range operations {
		at := 0
		ctx := osfile.WithFaults(t.Context(), func(osfile.Op, string) error {
			if at++; at == n+1 {
				return full
			}
			return nil
		})
		if _, err := release.Write(ctx, f.Dir, c); !errors.Is(err, full) || strings.Contains(err.Error(), "\n") {
			t.Errorf("operation %d: %v", n, err)
		}
		if again, err := release.Open(f.Dir); err != nil || again.Digest != f.Digest {
			t.Fatalf("operation %d: %v", n, err)
		}
		if names := listed(t, filepath.Dir(f.Dir)); len(names) != 1 {
			t.Fatalf("operation %d left %v", n, names)
		}
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if _, err := release.Write(ctx, f.Dir, c); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

// A folder with anything that is no part of a release is not touched.
func TestWriteOverAnotherFolder(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "thesis.tex", "")
	mixed := releasetest.Folder(t).Dir
	write(t, mixed, "thesis.tex", "")
	c := releasetest.Contents(t)
	for _, dir := range []string{dir, mixed} {
		_, err := release.Write(t.Context(), dir, c)
		want := fmt.Sprintf("write release folder %s: it holds thesis.tex, which is not part of a release and would be lost; name another folder, or an empty one", dir)
		if err == nil || err.Error() != want {
			t.Errorf("got %v", err)
		}
	}
	if _, err := release.Write(t.Context(), t.TempDir(), c); err != nil {
		t.Error("into an empty folder: ", err)
	}
}

// Two writers do not meet: the second one says who is there.
func TestWriteWhileAnotherWrites(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "release")
	unlock, held := osfile.LockName(dir)
	if !held {
		t.Skip("no locks here")
	}
	defer unlock()
	_, err := release.Write(t.Context(), dir, releasetest.Contents(t))
	if err == nil || !strings.HasSuffix(err.Error(), "another acdeploy is writing it; wait for it, or name another folder") {
		t.Errorf("got %v", err)
	}
}

// What is no release is not written.
func TestWriteRefuses(t *testing.T) {
	for name, change := range map[string]struct {
		of   func(*release.Contents)
		want string
	}{
		"failed run":    {func(c *release.Contents) { c.Report.Conclusion.Passed = false }, "the run did not pass, so there is nothing to release"},
		"another model": {func(c *release.Contents) { c.Report.Fuse.Output.ModelSHA256 = strings.Repeat("0", 64) }, "the report is about another model than the one that is to be released"},
		"no stamp":      {func(c *release.Contents) { c.Model = releasetest.Source() }, "the model's metadata do not say how it was made"},
		"no model":      {func(c *release.Contents) { c.Model = "nowhere.onnx" }, "read model nowhere.onnx: no such file or directory"},
	} {
		t.Run(name, func(t *testing.T) {
			c := releasetest.Contents(t)
			change.of(&c)
			dir := t.TempDir()
			_, err := release.Write(t.Context(), filepath.Join(dir, "release"), c)
			if err == nil || !strings.HasSuffix(err.Error(), change.want) {
				t.Errorf("got %v", err)
			}
			if names := listed(t, dir); len(names) > 0 {
				t.Errorf("left %v", names)
			}
		})
	}
}

// A model with a data file keeps it under its name, and both are what the statements speak of.
func TestWriteWithData(t *testing.T) {
	c := releasetest.Contents(t)
	external(t, &c)
	dir := filepath.Join(t.TempDir(), "release")
	if _, err := release.Write(t.Context(), dir, c); err != nil {
		t.Fatal(err)
	}
	f, err := release.Open(dir)
	if err != nil || len(f.Files) != 8 {
		t.Fatal(f, err)
	}
	for _, check := range release.Verify(f) {
		if !check.Passed {
			t.Errorf("%+v", check)
		}
	}
	data := ""
	for _, file := range f.Files {
		if strings.HasSuffix(file.Name, ".data") {
			data = file.SHA256
		}
	}
	for _, name := range []string{release.ProvenanceFile, release.EquivalenceFile, release.BOMFile} {
		if data == "" || !bytes.Contains(read(t, dir, name), []byte(data)) {
			t.Errorf("%s does not speak of the data file", name)
		}
	}
}

// external puts the weights of a model into a data file beside it.
func external(t *testing.T, c *release.Contents) {
	t.Helper()
	source, err := model.Open(c.Model)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = source.Close() }() // nothing was written
	layout, err := onnx.NewLayout(source.Model(), onnx.Options{Locations: []string{"fused.onnx.data"}})
	if err != nil {
		t.Fatal(err)
	}
	c.Model = filepath.Join(t.TempDir(), "fused.onnx")
	for path, write := range map[string]func(io.Writer) error{c.Model: layout.WriteModel, c.Model + ".data": func(w io.Writer) error { return layout.WriteData(w, 0) }} {
		var file bytes.Buffer
		if err := errors.Join(write(&file), os.WriteFile(path, file.Bytes(), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	written, err := model.Open(c.Model)
	if err != nil {
		t.Fatal(err)
	}
	is, err := written.Digest()
	if err := errors.Join(err, written.Close()); err != nil {
		t.Fatal(err)
	}
	out := c.Report.Fuse.Output
	out.SHA256, out.ModelSHA256, out.Bytes = is.SHA256, is.ModelSHA256, is.Bytes
	c.Report.Verify.After = out
}

func listed(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}
