package cli_test

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/cli"
)

// checkout is the folder of this repository, and where the go command is.
func checkout(t *testing.T) string {
	t.Helper()
	if testing.Short() {
		t.Skip("builds a program; -short")
	}
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("the go command is not here")
	}
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	return root
}

// outside runs the go command in a module that is outside of this repository, without a network and without settings of this one.
func outside(t *testing.T, dir string, args ...string) string {
	t.Helper()
	return outsideWith(t, dir, nil, args...)
}

// outsideWith does so with settings of its own.
func outsideWith(t *testing.T, dir string, settings []string, args ...string) string {
	t.Helper()
	c := exec.Command("go", args...)
	c.Dir = dir
	for _, setting := range os.Environ() {
		if !strings.HasPrefix(setting, "CGO_CFLAGS=") {
			c.Env = append(c.Env, setting)
		}
	}
	c.Env = append(append(c.Env, "GOPROXY=off", "GOFLAGS=", "GOWORK=off"), settings...)
	out, err := c.CombinedOutput()
	if err != nil {
		t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// TestNew writes modules outside of the repository, and runs what they say is next.
func TestNew(t *testing.T) {
	root := checkout(t)
	for kind, name := range map[string]string{"pass": "fold_scale", "backend": "my_engine"} {
		t.Run(kind, func(t *testing.T) {
			dir := t.TempDir()
			t.Chdir(dir)
			var out, said bytes.Buffer
			if code := cli.Run(t.Context(), &out, &said, []string{"new", kind, name, "--replace", root}, toolbox()); code != cli.ExitOK {
				t.Fatalf("exit code %d: %s", code, said.String())
			}
			if want := "next: cd " + name + " && go test ./...\n"; !strings.HasSuffix(out.String(), want) {
				t.Errorf("it says\n%swant at the end\n%s", out.String(), want)
			}
			at := filepath.Join(dir, name)
			if said := outside(t, at, "vet", "./..."); said != "" {
				t.Errorf("vet says\n%s", said)
			}
			if said := outside(t, at, "test", "-v", "."); !strings.Contains(said, "Validate (") {
				t.Errorf("the tests say\n%s", said)
			}
			list := map[string]string{"pass": "passes", "backend": "backends"}[kind]
			if said := outside(t, at, "run", "./cmd/acdeploy", list, name); !strings.Contains(said, name+": ") || !strings.Contains(said, "Options:") {
				t.Errorf("the program says\n%s", said)
			}
		})
	}
}

func TestNewRefuses(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.Mkdir("there", 0o700); err != nil {
		t.Fatal(err)
	}
	for want, args := range map[string][]string{
		"new pass takes the name of the pass, not":      {"pass"},
		`"Fold" is no name for a pass`:                  {"pass", "Fold"},
		`"fold_batchnorm" is the name of one that this`: {"pass", "fold_batchnorm"},
		`"reference" is the name of one that this`:      {"backend", "reference"},
		"name a checkout of its source with --replace":  {"pass", "fold"},
		"is no checkout of acdeploy":                    {"pass", "fold", "--replace", "there"},
		`"x" is no path of a module`:                    {"pass", "fold", "--module", "x"},
	} {
		var out, said bytes.Buffer
		code := cli.Run(t.Context(), &out, &said, append([]string{"new"}, args...), toolbox())
		if code != cli.ExitUsage || !strings.Contains(said.String(), want) {
			t.Errorf("%v: exit code %d, %s; want %q", args, code, said.String(), want)
		}
	}
	if entries, err := os.ReadDir("."); err != nil || len(entries) != 1 {
		t.Errorf("something was written: %v, %v", entries, err)
	}
}

// A dry run writes nothing, and a folder that is there stays as it is.
func TestNewDryRun(t *testing.T) {
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	run := func(args ...string) (int, string, string) {
		var out, said bytes.Buffer
		code := cli.Run(t.Context(), &out, &said, append([]string{"new", "pass", "fold", "--replace", root}, args...), toolbox())
		return code, out.String(), said.String()
	}
	code, out, said := run("--dry-run", "--json", "-o", "there")
	var doc struct {
		Schema, Kind, Name, Folder string
		Files                      []string
		DryRun                     bool `json:"dry_run"`
	}
	if err := json.Unmarshal([]byte(out), &doc); err != nil || code != cli.ExitOK {
		t.Fatalf("exit code %d, %v: %s", code, err, said)
	}
	if doc.Schema != "acdeploy.new/v1" || doc.Kind != "pass" || doc.Name != "fold" || doc.Folder != "there" || !doc.DryRun || len(doc.Files) != 5 {
		t.Errorf("%+v", doc)
	}
	if _, err := os.Stat("there"); !os.IsNotExist(err) {
		t.Errorf("a dry run made the folder: %v", err)
	}
	if err := os.Mkdir("there", 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile("there/mine", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if code, _, said := run("-o", "there"); code != cli.ExitUsage || !strings.Contains(said, "there is there already") {
		t.Errorf("exit code %d: %s", code, said)
	}
	if entries, err := os.ReadDir("there"); err != nil || len(entries) != 1 {
		t.Errorf("the folder was changed: %v, %v", entries, err)
	}
}
