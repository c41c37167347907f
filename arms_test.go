package acdeploy

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The first model that cannot be read is named, and those that were opened are closed.
func TestOpenArms(t *testing.T) {
	good := filepath.Join("examples", "resnet20", "baseline.onnx")
	arms, err := OpenArms(good, []string{good}, "")
	if err != nil {
		t.Fatal(err)
	}
	if arms.AsTrained != nil || len(arms.Candidates) != 1 || arms.Baseline.Path() != good {
		t.Errorf("%+v", arms)
	}
	if err := arms.Close(); err != nil {
		t.Error(err)
	}
	for name, open := range map[string]func(string) (Arms, error){
		"baseline":   func(path string) (Arms, error) { return OpenArms(path, []string{good}, "") },
		"candidate":  func(path string) (Arms, error) { return OpenArms(good, []string{good, path}, "") },
		"as trained": func(path string) (Arms, error) { return OpenArms(good, []string{good}, path) },
	} {
		missing := filepath.Join(t.TempDir(), "missing.onnx")
		if _, err := open(missing); err == nil || !strings.Contains(err.Error(), missing) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// The engines open a model by its name: it has to be the one that was looked at.
func TestArmsUnchanged(t *testing.T) {
	good, err := os.ReadFile(filepath.Join("examples", "resnet20", "baseline.onnx"))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "net.onnx")
	for _, name := range []string{path, path + ".other"} {
		if err := os.WriteFile(name, good, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	arms, err := OpenArms(path, []string{path}, "")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = arms.Close() }() // nothing was written
	if err := arms.unchanged(); err != nil {
		t.Error(err)
	}
	if err := os.Rename(path+".other", path); err != nil {
		t.Fatal(err)
	}
	if err := arms.unchanged(); err == nil || !strings.Contains(err.Error(), path+" was replaced while it was read") {
		t.Errorf("got %v", err)
	}
}

// Arms that are said to be the same function share one, so that their answers are compared; the baseline of
// another training run has none.
func TestTheFunctionsOfArms(t *testing.T) {
	path := filepath.Join("examples", "resnet20", "baseline.onnx")
	for name, c := range map[string]struct {
		trained      string
		sameFunction bool
		baseline     string
		candidate    string
	}{
		"another training run": {path, false, "", "as_trained"},
		"the model as trained": {"", true, "as_trained", "as_trained"},
		"only some candidates": {"", false, "", ""},
	} {
		arms, err := OpenArms(path, []string{path}, c.trained)
		if err != nil {
			t.Fatal(err)
		}
		arms.SameFunction = c.sameFunction
		job, err := Toolbox{}.job(arms, benchSettings{})
		if err != nil {
			t.Fatal(err)
		}
		if job.Baseline.Function != c.baseline || job.Candidates[0].Function != c.candidate || (job.AsTrained != nil) != (c.trained != "") {
			t.Errorf("%s: %q, %q", name, job.Baseline.Function, job.Candidates[0].Function)
		}
		if err := arms.Close(); err != nil {
			t.Error(err)
		}
	}
}
