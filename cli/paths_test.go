package cli

import (
	"path/filepath"
	"testing"

	"github.com/mitchellh/go-homedir"

	"github.com/acdeploy/acdeploy/configs"
)

func TestExpand(t *testing.T) {
	home := t.TempDir()
	t.Setenv("HOME", home)
	homedir.DisableCache = true
	t.Cleanup(func() { homedir.DisableCache = false; homedir.Reset() }) // what it found is not the home of other tests
	for path, want := range map[string]string{
		"":          "",
		"a/~/b":     "a/~/b",
		"~":         home,
		"~/m.onnx":  filepath.Join(home, "m.onnx"),
		"/m~1.onnx": "/m~1.onnx",
	} {
		if got, err := expand(path); err != nil || got != want {
			t.Errorf("%q gives %q, %v, want %q", path, got, err, want)
		}
	}
	if _, err := expand("~somebody/m.onnx"); err == nil {
		t.Error("another user's home is found")
	}
}

func TestEveryPathOfAConfigurationIsExpanded(t *testing.T) {
	home := t.TempDir()
	t.Setenv("HOME", home)
	homedir.DisableCache = true
	t.Cleanup(func() { homedir.DisableCache = false; homedir.Reset() }) // what it found is not the home of other tests
	cfg := configs.Defaults()
	paths := []*string{&cfg.Model, &cfg.Baseline, &cfg.Output, &cfg.Report, &cfg.Verify.Data.Path, &cfg.Runtime.Library}
	for _, p := range paths {
		*p = "~/x"
	}
	if err := expandPaths(&cfg); err != nil {
		t.Fatal(err)
	}
	for i, p := range paths {
		if *p != filepath.Join(home, "x") {
			t.Errorf("path %d is %q", i, *p)
		}
	}
}

func TestPathValue(t *testing.T) {
	var path string
	v := pathValue{&path}
	if err := v.Set("m.onnx"); err != nil || path != "m.onnx" || v.String() != "m.onnx" || v.Type() != "path" {
		t.Errorf("%q, %q, %v", path, v, err)
	}
	if s := (pathValue{}).String(); s != "" { // cobra asks the zero value for the default
		t.Errorf("the zero value is %q", s)
	}
}
