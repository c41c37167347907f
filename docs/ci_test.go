package docs_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/rhysd/actionlint"
)

// ciModel is what a reader of the page has beside its workflow: a configuration, and the gates of a release.
const (
	ciModel = `version: 1
model: %s/examples/cifar_quick/acnet.onnx
baseline: %s/examples/cifar_quick/baseline.onnx
bench: {duration: 2s, units: 2}
gates: {latency: {require: nothing}}
`
	ciRelease = `version: 1
model: unread.onnx
verify: {require_proof: algebra}
gates: {latency: {require: nothing}}
`
)

// TestCI checks the workflow for GitHub with actionlint, and runs what the workflows of all systems run. The steps that install are
// left out: the program is built from here.
func TestCI(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the program; -short")
	}
	page := read(t, "ci.md")
	blocks := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllStringSubmatch(page, -1)
	if len(blocks) != 2 {
		t.Fatalf("the page has %d workflows in YAML, want one for GitHub and one for GitLab", len(blocks))
	}
	linter, err := actionlint.NewLinter(os.Stderr, &actionlint.LinterOptions{Shellcheck: "", Pyflakes: ""})
	if err != nil {
		t.Fatal(err)
	}
	faults, err := linter.Lint("ci.yaml", []byte(blocks[0][1]), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, fault := range faults {
		t.Errorf("%d:%d: %s", fault.Line, fault.Column, fault.Message)
	}
	dir := ciFolder(t)
	for system, steps := range map[string][]string{"GitHub": githubSteps(t, blocks[0][1]), "GitLab": gitlabSteps(t, blocks[1][1]), "Jenkins": jenkinsSteps(page)} {
		if len(steps) < 2 {
			t.Errorf("%s has %d steps", system, len(steps))
		}
		for _, step := range steps {
			runStep(t, dir, step)
		}
	}
	for _, name := range []string{"acdeploy-report/report.json", "acdeploy-report/junit.xml", "summary.md"} {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Size() == 0 {
			t.Errorf("%s is not there or empty: %v", name, err)
		}
	}
}

// ciFolder is a folder with the program, a configuration and the gates of a release.
func ciFolder(t *testing.T) string {
	t.Helper()
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	build := exec.Command("go", "build", "-o", filepath.Join(dir, "acdeploy"), "./cmd/acdeploy")
	build.Dir = root
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for name, text := range map[string]string{"model.yaml": strings.ReplaceAll(ciModel, "%s", filepath.ToSlash(root)), "release.yaml": ciRelease} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// runStep runs a step as a system does. On a machine without an engine, or too busy to measure, a run ends with 5 or 6.
func runStep(t *testing.T, dir, step string) {
	t.Helper()
	sh, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("there is no sh")
	}
	c := exec.Command(sh, "-e", "-c", step)
	c.Dir = dir
	c.Env = append(os.Environ(), "PATH="+dir+string(os.PathListSeparator)+os.Getenv("PATH"), "GITHUB_STEP_SUMMARY="+filepath.Join(dir, "summary.md"))
	out, err := c.CombinedOutput()
	if code := c.ProcessState.ExitCode(); err != nil && code != 5 && code != 6 {
		t.Errorf("%s: %v\n%s", step, err, out)
	}
}

// githubSteps are the scripts of a workflow, but those that install.
func githubSteps(t *testing.T, text string) []string {
	t.Helper()
	var flow struct {
		Jobs map[string]struct {
			Steps []struct{ Name, Run string }
		}
	}
	if err := yaml.Unmarshal([]byte(text), &flow); err != nil {
		t.Fatal(err)
	}
	var steps []string
	for _, job := range flow.Jobs {
		for _, s := range job.Steps {
			if s.Run != "" && s.Name != "Install" {
				steps = append(steps, s.Run)
			}
		}
	}
	return steps
}

func gitlabSteps(t *testing.T, text string) []string {
	t.Helper()
	var flow map[string]struct {
		Script []string
		After  []string `yaml:"after_script"`
	}
	if err := yaml.Unmarshal([]byte(text), &flow); err != nil {
		t.Fatal(err)
	}
	var steps []string
	for _, s := range append(flow["model"].Script, flow["model"].After...) {
		if !strings.Contains(s, "install") {
			steps = append(steps, s)
		}
	}
	return steps
}

func jenkinsSteps(page string) []string {
	var steps []string
	for _, m := range regexp.MustCompile(`\bsh '([^']+)'`).FindAllStringSubmatch(page, -1) {
		steps = append(steps, m[1])
	}
	return steps
}
