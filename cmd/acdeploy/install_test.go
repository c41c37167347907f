package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"
	"golang.org/x/mod/zip"
)

// installed is the module as a proxy would serve it.
var installed = module.Version{Path: "github.com/acdeploy/acdeploy", Version: "v0.0.1"}

// The Go tool installs no program of a module that replaces others.
func TestModuleReplacesNothing(t *testing.T) {
	text, err := os.ReadFile("../../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	file, err := modfile.Parse("go.mod", text, nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(file.Replace)+len(file.Exclude) > 0 {
		t.Errorf("go.mod replaces %d modules and excludes %d", len(file.Replace), len(file.Exclude))
	}
}

// What the README says: go install …/cmd/acdeploy@latest. The newest version is the last commit here, in a proxy that is a folder; all
// other modules come from the cache of this machine.
func TestGoInstall(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the program from its sources")
	}
	args := []string{"install", installed.Path + "/cmd/acdeploy@latest"}
	readme, err := os.ReadFile("../../README.md")
	if line := "\ngo " + strings.Join(args, " ") + " "; err != nil || !strings.Contains(string(readme), line) {
		t.Errorf("%q is not in README.md: %v", line, err)
	}
	proxy, bin := serve(t), t.TempDir()
	cache := goEnv(t, "GOMODCACHE")
	cmd := exec.Command("go", args...)
	cmd.Dir = t.TempDir() // in no module
	cmd.Env = append(os.Environ(), "GOBIN="+bin, "GOMODCACHE="+filepath.Join(t.TempDir(), "modules"), "GOFLAGS=-modcacherw -trimpath", "GOSUMDB=off", "GOTOOLCHAIN=local",
		"GOPROXY=file://"+filepath.ToSlash(proxy)+",file://"+filepath.ToSlash(filepath.Join(cache, "cache", "download")))
	if said, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	said, err := exec.Command(filepath.Join(bin, "acdeploy"), "version").CombinedOutput()
	if want := "acdeploy " + installed.Version + " "; err != nil || !strings.HasPrefix(string(said), want) {
		t.Errorf("%v, %q instead of %q", err, said, want)
	}
}

// serve makes a module proxy in a folder, with one version of the one module.
func serve(t *testing.T) string {
	t.Helper()
	proxy := t.TempDir()
	folder := filepath.Join(proxy, filepath.FromSlash(installed.Path), "@v")
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	archive, err := os.Create(filepath.Join(folder, installed.Version+".zip"))
	if err != nil {
		t.Fatal(err)
	}
	err = zip.CreateFromVCS(archive, installed, filepath.Join("..", ".."), "HEAD", "")
	if _, none := errors.AsType[*zip.UnrecognizedVCSError](err); none {
		t.Skip("this is no checkout by git")
	}
	if err = errors.Join(err, archive.Close()); err != nil {
		t.Fatal(err)
	}
	text, err := exec.Command("git", "show", "HEAD:go.mod").Output()
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string]string{
		"list":                      installed.Version + "\n",
		installed.Version + ".mod":  string(text),
		installed.Version + ".info": `{"Version":"` + installed.Version + `","Time":"2020-01-01T00:00:00Z"}`,
	} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return proxy
}

func goEnv(t *testing.T, name string) string {
	t.Helper()
	value, err := exec.Command("go", "env", name).Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(value))
}
