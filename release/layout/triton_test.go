package layout_test

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/acdeploy/acdeploy/release"
	"github.com/acdeploy/acdeploy/release/layout"
)

// A new model appears with its configuration, the next release as the next version. The same one again is found, wherever it is, and the
// configuration that somebody changed stays.
func TestTriton(t *testing.T) {
	f, dir := folder(t), filepath.Join(t.TempDir(), "models")
	to := layout.Triton{Path: dir}
	name := filepath.Join(dir, f.Name)
	if r := publish(t, to, f); r.Unchanged || r.Reference != filepath.Join(name, "1") || r.Target != "triton:"+dir {
		t.Errorf("%+v", r)
	}
	config := filepath.Join(name, "config.pbtxt")
	changed := strings.Replace(read(t, config), "count: 1", "count: 4", 1) + "# mine\n"
	write(t, config, changed)
	if err := os.MkdirAll(filepath.Join(name, "7"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, left := range []string{"notes", "08"} { // no versions
		write(t, filepath.Join(name, left), "")
	}
	later := other(t)
	if r := publish(t, to, later); r.Unchanged || r.Reference != filepath.Join(name, "8") {
		t.Errorf("%+v", r)
	}
	before := tree(t, dir)
	for _, again := range []struct {
		f  *release.Folder
		at string
	}{{f, "1"}, {later, "8"}} {
		if r := publish(t, to, again.f); !r.Unchanged || r.Reference != filepath.Join(name, again.at) {
			t.Errorf("%+v", r)
		}
	}
	if read(t, config) != changed || tree(t, dir) != before {
		t.Errorf("there is now\n%s\nand was\n%s", tree(t, dir), before)
	}
	if read(t, filepath.Join(name, "8", release.ModelFile)) != read(t, filepath.Join(later.Dir, release.ModelFile)) {
		t.Error("the model is another one")
	}
}

// A model of other inputs or outputs than the configuration has is no new version of it.
func TestTritonMisfit(t *testing.T) {
	f, dir := folder(t), t.TempDir()
	to := layout.Triton{Path: dir}
	publish(t, to, f)
	config := filepath.Join(dir, f.Name, "config.pbtxt")
	was := read(t, config)
	for _, part := range []string{"input", "output"} {
		write(t, config, strings.Replace(was, part+" [\n  { name: \"", part+" [\n  { name: \"another_", 1))
		before := tree(t, dir)
		_, err := to.Publish(t.Context(), other(t))
		if err == nil || !strings.Contains(err.Error(), "config.pbtxt speaks of another "+part+" than this model has; give the model another name") || tree(t, dir) != before {
			t.Errorf("%s: got %v", part, err)
		}
	}
	write(t, config, "backend: \"onnxruntime\"\n") // Triton completes it
	if r := publish(t, to, other(t)); filepath.Base(r.Reference) != "2" {
		t.Errorf("%+v", r)
	}
}

// A full disk leaves neither a model nor a version, be it the first one or the next.
func TestTritonFails(t *testing.T) {
	f, dir := folder(t), t.TempDir()
	to := layout.Triton{Path: dir}
	eachFault(t, dir, to, f, func() bool { return strings.Contains(tree(t, dir), "/1/model.onnx") })
	eachFault(t, dir, to, other(t), func() bool { return strings.Contains(tree(t, dir), "/2/model.onnx") })
	for name, want := range map[string]string{"../up": "is no name of a folder", "a b": "is no name of a folder", ".hidden": "is no name of a folder"} {
		f.Name = name
		if _, err := to.Publish(t.Context(), f); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

// Several at the same time get a version each.
func TestTritonTogether(t *testing.T) {
	dir := t.TempDir()
	publish(t, layout.Triton{Path: dir}, folder(t))
	var wait sync.WaitGroup
	all := make([]string, 4)
	for i := range all {
		f := other(t)
		for k := range f.Files {
			if f.Files[k].Name == release.ModelFile { // each another model
				text := read(t, filepath.Join(f.Dir, release.ModelFile)) + strings.Repeat("\x72\x00", i+1)
				write(t, filepath.Join(f.Dir, release.ModelFile), text)
				f.Files[k].SHA256 = digest(text)
			}
		}
		wait.Go(func() {
			r, err := layout.Triton{Path: dir}.Publish(t.Context(), f)
			if err != nil {
				t.Error(err)
			}
			all[i] = filepath.Base(r.Reference)
		})
	}
	wait.Wait()
	seen := map[string]bool{}
	for _, n := range all {
		seen[n] = true
	}
	if len(seen) != len(all) {
		t.Errorf("versions %v", all)
	}
}
