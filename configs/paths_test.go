package configs_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/catalog"
	"github.com/acdeploy/acdeploy/configs"
)

// pathsIn reads a configuration in a folder below the current one, beside which there are these files.
func pathsIn(t *testing.T, text string, files ...string) configs.Config {
	t.Helper()
	t.Chdir(t.TempDir())
	if err := os.Mkdir("sub", 0o755); err != nil {
		t.Fatal(err)
	}
	for _, file := range append(files, filepath.Join("sub", "c.yaml")) {
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	flags := map[string]configs.Flag{"release": {Name: "release", Value: "given", Given: true}}
	c, err := configs.Read(configs.Sources{File: filepath.Join("sub", "c.yaml"), Flags: flags}, known())
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// What the file gives is relative to its folder. What a flag gives, or nobody, is relative to the current one.
func TestPathsAreRelativeToTheFile(t *testing.T) {
	t.Setenv("ACDEPLOY_BASELINE", "env.onnx")
	c := pathsIn(t, "model: a.onnx\nbaseline: no.onnx\noutput: ../out/b.onnx\nverify: {data: {path: /d.npz}}\nruntime: {library: ~/lib.so}\n")
	for name, test := range map[string]struct{ got, want string }{
		"model": {c.Model, "sub/a.onnx"}, "output": {c.Output, "out/b.onnx"}, "data": {c.Verify.Data.Path, "/d.npz"}, "library": {c.Runtime.Library, "~/lib.so"},
		"report": {c.Report, "acdeploy-report"}, "release": {c.Release, "given"}, "baseline": {c.Baseline, "env.onnx"},
	} {
		if filepath.ToSlash(test.got) != test.want {
			t.Errorf("%s is %s, want %s", name, test.got, test.want)
		}
	}
	if len(c.Notes()) != 0 {
		t.Errorf("it tells %v", c.Notes())
	}
	if c := pathsIn(t, "model: https://user@host/a.onnx\n"); c.Model != "https://user@host/a.onnx" {
		t.Errorf("an address becomes %s", c.Model)
	}
}

// An input that is in the current folder only is found there, and the note says what to write.
func TestInputsInTheCurrentFolder(t *testing.T) {
	c := pathsIn(t, "model: a.onnx\noutput: a.onnx\nruntime: {library: a.onnx}\n", "a.onnx")
	if c.Model != "a.onnx" || filepath.ToSlash(c.Output) != "sub/a.onnx" || filepath.ToSlash(c.Runtime.Library) != "sub/a.onnx" {
		t.Errorf("read %s, %s, %s", c.Model, c.Output, c.Runtime.Library)
	}
	if notes := c.Notes(); len(notes) != 1 || notes[0].Key != "model" || !strings.HasPrefix(notes[0].Text, "model: a.onnx is not in sub, the folder of the configuration, and is taken from the current directory; write ../a.onnx, ") {
		t.Errorf("it tells %v", notes)
	}
	c = pathsIn(t, "model: a.onnx\n", "a.onnx", filepath.Join("sub", "a.onnx"))
	if filepath.ToSlash(c.Model) != "sub/a.onnx" || len(c.Notes()) != 0 {
		t.Errorf("of two it takes %s, and tells %v", c.Model, c.Notes())
	}
}

// library is a component that names files.
type library struct {
	Path  string `yaml:"path" path:"input"`
	Other string `yaml:"other"`
}

// So are the options of components that name files.
func TestPathsOfComponents(t *testing.T) {
	c, err := configs.Parse("sub/c.yaml", []byte("passes: [{fold_pad: {path: a, other: a}}, {fold_pad: {path: /a}}, {fold_pad: {other: a}}]"), configs.Catalogs{})
	if len(c.Passes) != 3 {
		t.Fatal(err)
	}
	for k, want := range []library{{"sub/a", "a"}, {"/a", ""}, {"", "a"}} {
		var got library
		if err := c.Passes[k].Decode(&got); err != nil || filepath.ToSlash(got.Path) != want.Path || got.Other != want.Other {
			t.Errorf("%d: read %+v, %v", k, got, err)
		}
	}
	flag := configs.Defaults()
	if err := flag.Set("passes", "{fold_pad: {path: a}}", "--passes"); err != nil {
		t.Fatal(err)
	}
	var got library
	if err := flag.Passes[0].Decode(&got); err != nil || got.Path != "a" {
		t.Errorf("a flag's is %+v, %v", got, err)
	}
}

// Who shows the configuration shows the paths among the options of components as they are used. That of a flag is its own, and other
// options stay as they were given.
func TestPathsOfComponentsAreShown(t *testing.T) {
	names := configs.Known(
		catalog.Catalog[any]{{Name: "trained", Doc: "names files", New: func() any { return &library{} }}},
		catalog.Catalog[any]{{Name: "engine", Doc: "names files", New: func() any { return &library{} }}},
	)
	names.Formats = known().Formats
	t.Chdir(t.TempDir())
	if err := os.Mkdir("sub", 0o755); err != nil {
		t.Fatal(err)
	}
	const text = "model: m.onnx\nreports: []\npasses: [{trained: {path: a, other: a}}]\nenable: [trained, {trained: {path: /a}}]\nbench: {backends: [{engine: {path: b, required: true}}]}\n"
	file := filepath.Join("sub", "c.yaml")
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	c, err := configs.Read(configs.Sources{File: file}, names)
	if err != nil {
		t.Fatal(err)
	}
	shown, err := c.YAML()
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"  - trained:\n      path: " + filepath.Join("sub", "a") + "\n      other: a\n", "  - trained\n  - trained:\n      path: /a\n",
		"    - engine:\n        path: " + filepath.Join("sub", "b") + "\n        required: true\n",
	} {
		if !strings.Contains(string(shown), want) {
			t.Errorf("it shows\n%swant\n%s", shown, want)
		}
	}
	var used library
	if err := c.Passes[0].Decode(&used); err != nil || used.Path != filepath.Join("sub", "a") {
		t.Errorf("it uses %+v, %v", used, err)
	}
}
