package docs_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/rhysd/actionlint"
)

// action is the composite action of the repository's root.
type action struct {
	Inputs map[string]struct{ Default string }
	Runs   struct {
		Using string
		Steps []struct {
			Name, Run, Shell, Uses string
			Env                    map[string]string
		}
	}
}

// TestAction runs the steps of the action as a shell would: the program is the one of this checkout, and what installs is left out. The
// release of a model that passes is published into a folder.
func TestAction(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the program; -short")
	}
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("needs bash: ", err)
	}
	text, err := os.ReadFile("../action.yml")
	if err != nil {
		t.Fatal(err)
	}
	var a action
	if err := yaml.Unmarshal(text, &a); err != nil {
		t.Fatal(err)
	}
	if a.Runs.Using != "composite" {
		t.Errorf("the action runs using %q", a.Runs.Using)
	}
	dir := ciFolder(t, "release: release\n")
	inputs := map[string]string{"config": "model.yaml", "publish": "dir:copy triton:models"}
	for name, in := range a.Inputs {
		if _, ok := inputs[name]; !ok {
			inputs[name] = in.Default
		}
	}
	ran := 0
	for _, step := range a.Runs.Steps {
		if step.Run == "" || step.Name == "Build" || step.Name == "Install the runtime" {
			continue
		}
		c := exec.Command(bash, "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", step.Run)
		c.Dir = dir
		c.Env = append(os.Environ(), "PATH="+dir+string(os.PathListSeparator)+os.Getenv("PATH"), "GITHUB_STEP_SUMMARY="+filepath.Join(dir, "summary.md"))
		for name, value := range step.Env {
			in := strings.TrimSuffix(strings.TrimPrefix(value, "${{ inputs."), " }}")
			given, ok := inputs[in]
			if !ok {
				t.Fatalf("%s reads %s", step.Name, value)
			}
			c.Env = append(c.Env, name+"="+given)
		}
		out, err := c.CombinedOutput()
		switch code := c.ProcessState.ExitCode(); {
		case code == 5 || code == 6:
			t.Skipf("this machine has no engine, or is too busy to measure: %s", out)
		case err != nil:
			t.Fatalf("%s: %v\n%s", step.Name, err, out)
		}
		ran++
	}
	if ran != 3 {
		t.Errorf("%d steps ran", ran)
	}
	for _, made := range []string{"summary.md", "copy/model.onnx", "models/acnet/1/model.onnx"} {
		if info, err := os.Stat(filepath.Join(dir, made)); err != nil || info.Size() == 0 {
			t.Errorf("%s is not there or empty: %v", made, err)
		}
	}
}

// TestPipelines holds the files for other systems to their form: the workflow to actionlint, the configuration to its schema.
func TestPipelines(t *testing.T) {
	const folder = "../examples/ci"
	linter, err := actionlint.NewLinter(os.Stderr, &actionlint.LinterOptions{})
	if err != nil {
		t.Fatal(err)
	}
	faults, err := linter.LintFile(filepath.Join(folder, "github.yml"), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, fault := range faults {
		t.Errorf("%d:%d: %s", fault.Line, fault.Column, fault.Message)
	}
	for _, name := range []string{"gitlab-ci.yml", "argo.yaml", "kubeflow.yaml"} {
		text, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil {
			t.Fatal(err)
		}
		var document map[string]any
		if err := yaml.Unmarshal(text, &document); err != nil || len(document) == 0 {
			t.Errorf("%s: %v", name, err)
		}
	}
	config, err := filepath.Abs(filepath.Join(folder, "model.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	if !testing.Short() {
		if out, err := exec.Command(filepath.Join(ciFolder(t, ""), "acdeploy"), "config", "show", config).CombinedOutput(); err != nil {
			t.Errorf("%v\n%s", err, out)
		}
	}
	page, err := os.ReadFile(filepath.Join(folder, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.Name() != "README.md" && !strings.Contains(string(page), "("+e.Name()+")") {
			t.Errorf("the page does not name %s", e.Name())
		}
	}
}

// TestReleasePage holds the pipelines of the page to the files that are ready to copy: it shows lines of theirs.
func TestReleasePage(t *testing.T) {
	var whole strings.Builder
	for _, name := range []string{"github.yml", "gitlab-ci.yml", "argo.yaml", "kubeflow.yaml"} {
		text, err := os.ReadFile(filepath.Join("../examples/ci", name))
		if err != nil {
			t.Fatal(err)
		}
		whole.Write(text)
	}
	_, section, found := strings.Cut(read(t, "release.md"), "## In a pipeline")
	section, _, _ = strings.Cut(section, "\n## ")
	blocks := strings.Split(section, "```yaml\n")
	if !found || len(blocks) != 5 {
		t.Fatalf("the page shows %d pipelines", len(blocks)-1)
	}
	for _, block := range blocks[1:] {
		block, _, _ = strings.Cut(block, "```")
		for line := range strings.Lines(block) {
			if line = strings.TrimSpace(line); !strings.HasPrefix(line, "artifacts:") && !strings.Contains(whole.String(), line) {
				t.Errorf("no file to copy has the line %q", line)
			}
		}
	}
}
