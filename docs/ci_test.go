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
gates: {proof: algebra, latency: {require: nothing}}
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
	if len(blocks) != 3 {
		t.Fatalf("the page has %d blocks of YAML, want a configuration, a workflow for GitHub and one for GitLab", len(blocks))
	}
	config, github, gitlab := blocks[0][1], blocks[1][1], blocks[2][1]
	linter, err := actionlint.NewLinter(os.Stderr, &actionlint.LinterOptions{Shellcheck: "", Pyflakes: ""})
	if err != nil {
		t.Fatal(err)
	}
	faults, err := linter.Lint("ci.yaml", []byte(github), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, fault := range faults {
		t.Errorf("%d:%d: %s", fault.Line, fault.Column, fault.Message)
	}
	dir := ciFolder(t, reportsOf(t, config))
	for system, steps := range map[string][]string{"GitHub": githubSteps(t, github), "GitLab": gitlabSteps(t, gitlab), "Jenkins": jenkinsSteps(page)} {
		if len(steps) == 0 {
			t.Errorf("%s has no steps", system)
		}
		if err := os.RemoveAll(filepath.Join(dir, "acdeploy-report")); err != nil {
			t.Fatal(err)
		}
		for _, step := range steps {
			runStep(t, dir, step)
		}
		for _, name := range []string{"report.json", "report.html", "junit.xml", "report.md"} {
			if info, err := os.Stat(filepath.Join(dir, "acdeploy-report", name)); err != nil || info.Size() == 0 {
				t.Errorf("%s: %s is not there or empty: %v", system, name, err)
			}
		}
	}
	if info, err := os.Stat(filepath.Join(dir, "summary.md")); err != nil || info.Size() == 0 {
		t.Errorf("the summary of GitHub's job is not there or empty: %v", err)
	}
	for _, picked := range regexp.MustCompile(`acdeploy-report/[a-z.]+`).FindAllString(page, -1) {
		if _, err := os.Stat(filepath.Join(dir, picked)); err != nil {
			t.Errorf("the page picks up what no run writes: %v", err)
		}
	}
}

// reportsOf is the line of a configuration that names formats.
func reportsOf(t *testing.T, config string) string {
	t.Helper()
	for line := range strings.Lines(config) {
		if strings.HasPrefix(line, "reports:") {
			return line
		}
	}
	t.Fatal("the configuration names no formats")
	return ""
}

// build builds the program, and returns the folder of this repository.
func build(t *testing.T, program string) (root string) {
	t.Helper()
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	run := exec.Command("go", "build", "-o", program, "./cmd/acdeploy")
	run.Dir = root
	if out, err := run.CombinedOutput(); err != nil {
		t.Fatalf("build acdeploy: %v\n%s", err, out)
	}
	return root
}

// ciFolder is a folder with the program, a configuration with one more line, and the gates of a release.
func ciFolder(t *testing.T, line string) string {
	t.Helper()
	dir := t.TempDir()
	root := build(t, filepath.Join(dir, "acdeploy"))
	for name, text := range map[string]string{"model.yaml": strings.ReplaceAll(ciModel, "%s", filepath.ToSlash(root)) + line, "release.yaml": ciRelease} {
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
	}
	if err := yaml.Unmarshal([]byte(text), &flow); err != nil {
		t.Fatal(err)
	}
	var steps []string
	for _, s := range flow["model"].Script {
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
