package docs_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"github.com/acdeploy/acdeploy/builtin"
	"github.com/acdeploy/acdeploy/cli"
)

// goreleaser is what the tests read of its configuration.
type goreleaser struct {
	Builds []struct {
		Targets   []string
		Ldflags   string
		Overrides []struct {
			Goos, Goarch string
			Env          []string
		}
	}
	Casks []struct{ Manpages []string } `yaml:"homebrew_casks"`
}

func configuration(t *testing.T) goreleaser {
	t.Helper()
	text, err := os.ReadFile("../.goreleaser.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var g goreleaser
	if err := yaml.Unmarshal(text, &g); err != nil || len(g.Builds) != 1 || len(g.Casks) != 1 {
		t.Fatalf("%d builds, %d casks: %v", len(g.Builds), len(g.Casks), err)
	}
	return g
}

// goreleaser itself takes the configuration for sound.
func TestGoreleaserChecks(t *testing.T) {
	there, err := filepath.Glob("../.tools/goreleaser-*/goreleaser")
	if err != nil || len(there) == 0 {
		t.Skip("goreleaser is not installed: make snapshot builds it")
	}
	program, err := filepath.Abs(there[0])
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program, "check")
	cmd.Dir = ".."
	if said, err := cmd.CombinedOutput(); err != nil || bytes.Contains(said, []byte("deprecated")) {
		t.Errorf("%v\n%s", err, said)
	}
}

// The archives have the same programs as the wheels: platforms, C compilers and the version that the linker sets.
func TestArchivesAreBuiltAsWheels(t *testing.T) {
	text, err := os.ReadFile("../python/wheels.py")
	if err != nil {
		t.Fatal(err)
	}
	build := configuration(t).Builds[0]
	var targets []string
	compilers := map[string]string{}
	for _, m := range regexp.MustCompile(`Platform\("(\w+)", "(\w+)", "[^"]+", (?:None|"(\S+)")\)`).FindAllStringSubmatch(string(text), -1) {
		targets = append(targets, m[1]+"_"+m[2])
		if m[3] != "" {
			compilers[m[1]+"_"+m[2]] = "CC={{ .Env.ZIG }} -m ziglang cc -target " + m[3]
		}
	}
	slices.Sort(targets)
	slices.Sort(build.Targets)
	if len(targets) == 0 || !slices.Equal(targets, build.Targets) {
		t.Errorf("the wheels are for %v, the archives for %v", targets, build.Targets)
	}
	for _, o := range build.Overrides {
		if of := o.Goos + "_" + o.Goarch; !slices.Equal(o.Env, []string{"CGO_ENABLED=1", compilers[of]}) {
			t.Errorf("%s is built by %q, not by %q", of, o.Env, compilers[of])
		}
		delete(compilers, o.Goos+"_"+o.Goarch)
	}
	if len(compilers) > 0 {
		t.Errorf("the archives are built without %v", compilers)
	}
	if flags := strings.ReplaceAll(build.Ldflags, "{{ .Version }}", "{version}"); !strings.Contains(string(text), `f"`+flags+`"`) {
		t.Errorf("the linker gets %q, which is not what it gets for wheels", flags)
	}
}

// The cask names the man page of every command.
func TestCaskNamesEveryPage(t *testing.T) {
	dir := t.TempDir()
	if code := cli.Run(context.Background(), io.Discard, io.Discard, []string{"man", dir}, builtin.Toolbox()); code != cli.ExitOK {
		t.Fatal("exit code", code)
	}
	written, err := filepath.Glob(filepath.Join(dir, "*.1"))
	if err != nil {
		t.Fatal(err)
	}
	for k, page := range written {
		written[k] = "man/" + filepath.Base(page)
	}
	named := configuration(t).Casks[0].Manpages
	slices.Sort(named)
	if !slices.Equal(named, written) {
		t.Errorf("there are %v, and the cask names %v", written, named)
	}
}

// What make snapshot built: the checksums hold, and each package has the program, its pages and its completions, at the places where
// systems look.
func TestPackages(t *testing.T) {
	dist := "../dist/packages"
	sums, err := os.ReadFile(filepath.Join(dist, "checksums.txt"))
	if err != nil {
		t.Skip("there are no packages: make snapshot builds them")
	}
	for line := range strings.Lines(string(sums)) {
		want, name, _ := strings.Cut(strings.TrimSpace(line), "  ")
		data, err := os.ReadFile(filepath.Join(dist, name))
		if got := sha256.Sum256(data); err != nil || hex.EncodeToString(got[:]) != want {
			t.Errorf("%s is not what checksums.txt says: %v", name, err)
		}
	}
	one := func(pattern string) string {
		found, err := filepath.Glob(filepath.Join(dist, pattern))
		if err != nil || len(found) != 1 || !strings.Contains(string(sums), "  "+filepath.Base(found[0])+"\n") {
			t.Fatalf("%s: %v, %v; it is there once, and in checksums.txt", pattern, found, err)
		}
		return found[0]
	}
	for _, platform := range configuration(t).Builds[0].Targets {
		bom, err := os.ReadFile(one("acdeploy_*_" + platform + ".cdx.json"))
		if err != nil {
			t.Fatal(err)
		}
		var doc struct{ Components []struct{ Name string } }
		if err := json.Unmarshal(bom, &doc); err != nil || len(doc.Components) < 10 {
			t.Errorf("%s: an SBOM of %d modules, %v", platform, len(doc.Components), err)
		}
	}
	here := runtime.GOARCH
	t.Run("archive", func(t *testing.T) {
		if runtime.GOOS != "linux" {
			t.Skip("the program is run on Linux")
		}
		to := t.TempDir()
		do(t, "tar", "-xzf", one("acdeploy_*_linux_"+here+".tar.gz"), "-C", to)
		holds(t, to, "acdeploy", "LICENSE", "README.md", "man/acdeploy-fuse.1", "completions/acdeploy.bash", "completions/_acdeploy", "completions/acdeploy.fish", "completions/acdeploy.ps1")
		stamped(t, filepath.Join(to, "acdeploy"))
		cask, err := os.ReadFile(filepath.Join(dist, "homebrew/Casks/acdeploy.rb"))
		if err != nil {
			t.Fatal(err)
		}
		var links []string // which Homebrew makes to files of the archive
		for _, m := range regexp.MustCompile(`(?m)^ +(?:binary|manpage|\w+_completion) "(.+)"$`).FindAllStringSubmatch(string(cask), -1) {
			links = append(links, m[1])
		}
		if holds(t, to, links...); len(links) < 30 {
			t.Errorf("the cask has %d links", len(links))
		}
		if url := `url "https://github.com/acdeploy/acdeploy/releases/`; strings.Count(string(cask), url) != 4 {
			t.Errorf("the cask does not get its four archives from %s:\n%s", url, cask)
		}
	})
	t.Run("deb", func(t *testing.T) {
		need(t, "dpkg-deb")
		file, to := one("acdeploy_*_"+here+".deb"), t.TempDir()
		if depends := do(t, "dpkg-deb", "-f", file, "Depends"); depends != "libc6 (>= 2.17)\n" {
			t.Errorf("it depends on %q", depends)
		}
		do(t, "dpkg-deb", "-x", file, to)
		holds(t, to, "usr/bin/acdeploy", "usr/share/man/man1/acdeploy-fuse.1.gz", "usr/share/bash-completion/completions/acdeploy",
			"usr/share/zsh/vendor-completions/_acdeploy", "usr/share/fish/vendor_completions.d/acdeploy.fish", "usr/share/doc/acdeploy/copyright")
		stamped(t, filepath.Join(to, "usr/bin/acdeploy"))
		if _, err := exec.LookPath("man"); err != nil {
			t.Log("man is not installed")
		} else if page := do(t, "man", "-M", filepath.Join(to, "usr/share/man"), "-P", "cat", "acdeploy-fuse"); !strings.Contains(page, "EXIT STATUS") {
			t.Errorf("man shows\n%s", page)
		}
	})
	t.Run("rpm", func(t *testing.T) {
		need(t, "rpm")
		file := one("acdeploy-*" + map[string]string{"amd64": "x86_64", "arm64": "aarch64"}[here] + ".rpm")
		list := do(t, "rpm", "-qpl", file)
		for _, want := range []string{"/usr/bin/acdeploy", "/usr/share/man/man1/acdeploy-fuse.1.gz", "/usr/share/bash-completion/completions/acdeploy", "/usr/share/zsh/site-functions/_acdeploy"} {
			if !strings.Contains(list, want+"\n") {
				t.Errorf("%s is not in it:\n%s", want, list)
			}
		}
		if needs := do(t, "rpm", "-qpR", file); !strings.Contains(needs, "glibc >= 2.17\n") {
			t.Errorf("it needs %q", needs)
		}
	})
}

func need(t *testing.T, program string) {
	t.Helper()
	if _, err := exec.LookPath(program); err != nil {
		t.Skip(program, " is not installed")
	}
}

// do runs a program and returns what it prints.
func do(t *testing.T, program string, args ...string) string {
	t.Helper()
	cmd := exec.Command(program, args...)
	cmd.Env = append(os.Environ(), "LC_ALL=C.UTF-8")
	var errs bytes.Buffer
	cmd.Stderr = &errs
	said, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s %v: %v\n%s", program, args, err, errs.String())
	}
	return string(said)
}

func holds(t *testing.T, folder string, files ...string) {
	t.Helper()
	for _, name := range files {
		if info, err := os.Stat(filepath.Join(folder, name)); err != nil || info.Size() == 0 {
			t.Errorf("%s is not in it: %v", name, err)
		}
	}
}

// stamped runs a program that was built for a release: it says as which.
func stamped(t *testing.T, program string) {
	t.Helper()
	if said := do(t, program, "version"); !regexp.MustCompile(`^acdeploy \d+\.\d+\.\d+(-snapshot)? \([0-9a-f]{40}`).MatchString(said) {
		t.Errorf("it says %q", said)
	}
}
