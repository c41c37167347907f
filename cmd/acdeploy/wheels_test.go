package main

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the table of docs/install.md anew")

const (
	auditwheel = ".tools/auditwheel-6.8.2/bin/python" // of .ci/wheel-tools
	oldGlibc   = ".tools/glibc-2.31"                  // of .ci/wheel-tools
	lacking    = ".tools/bcryptprimitives.dll"        // of .ci/wheel-tools; a library of Windows that Wine 8 lacks
)

// wheel is one that `make wheels` builds.
type wheel struct {
	name, tag string                                                         // as python/wheels.py names it; how its file's name ends
	asks      func(t *testing.T, program *bytes.Reader, wheel string) string // what the program asks of a system
	starts    []start
}

// start is a way to run a program that may be of another system.
type start struct {
	how     string   // as the table says it
	install string   // what brings what it needs
	by      []string // what runs it; nothing for the system itself
	root    string   // of the file system that it runs in, under the repository; "" for this one's
	with    string   // a file under the repository that has to be there; "" for none
	try     bool     // whether what runs it is tried with the program true
	only    string   // system and processor on which it runs; "" for any
}

// emulated runs a program for arm64 and those that it starts, with a handler of its own for them, so that the machine's stay as they are.
const emulated = `set -e
emulator=$(command -v qemu-aarch64)
cd /usr/aarch64-linux-gnu && cd "$OLDPWD"
mount -t binfmt_misc none /proc/sys/fs/binfmt_misc
printf %s ':arm64:M::\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xb7\x00:\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff:'"$emulator:" >/proc/sys/fs/binfmt_misc/register
export QEMU_LD_PREFIX=/usr/aarch64-linux-gnu
exec "$@"`

func wheels() []wheel {
	return []wheel{
		{"linux-amd64", "manylinux2014_x86_64", symbolsOf, []start{
			{how: "here", only: "linux/amd64"},
			{how: "with glibc 2.31 alone, that of Debian 11 and Ubuntu 20.04", by: []string{"chroot", "."}, root: oldGlibc, install: "run as root: .ci/wheel-tools .tools", only: "linux/amd64"},
		}},
		{"linux-arm64", "manylinux2014_aarch64", symbolsOf, []start{
			{how: "under qemu-user", by: []string{"unshare", "-U", "-r", "-m", "sh", "-c", emulated, "sh"}, try: true, install: "apt-get install qemu-user libc6-arm64-cross; a kernel of Linux 6.7 or newer"},
		}},
		{"darwin-arm64", "macosx_12_0_arm64", loadsOf, nil},
		{"darwin-amd64", "macosx_12_0_x86_64", loadsOf, nil},
		{"windows-amd64", "win_amd64", importsOf, []start{
			{how: "under Wine", by: []string{"wine"}, with: lacking, install: "apt-get install wine wine64; .ci/zig .tools; .ci/wheel-tools .tools"},
		}},
	}
}

// TestWheels reads and runs the programs in the wheels that `make wheels` built, as far as this machine can. With -update it writes down
// what it did.
func TestWheels(t *testing.T) {
	var rows [][4]string
	var versions []string
	fused := map[string]string{} // digest of the fused network, and who wrote it
	for _, w := range wheels() {
		t.Run(w.name, func(t *testing.T) {
			file, program := w.unpack(t)
			if program == "" {
				rows = append(rows, [4]string{"`" + w.name + "`", "", "", "not built"})
				t.Skip("dist has no wheel of it; make wheels builds one")
			}
			data, err := os.ReadFile(program)
			if err != nil {
				t.Fatal(err)
			}
			asks := w.asks(t, bytes.NewReader(data), file)
			ran, not := []string{}, []string{}
			for _, s := range w.starts {
				if reason := s.missing(); reason != "" {
					t.Logf("not run %s: %s", s.how, reason)
					not = append(not, s.how+": "+reason)
					continue
				}
				version, digest := s.run(t, program)
				ran, versions, fused[digest] = append(ran, s.how), append(versions, version), w.name+" "+s.how
			}
			rows = append(rows, [4]string{"`" + w.name + "`", asks, strings.Join(ran, "; "), strings.Join(not, "; ")})
		})
	}
	if len(fused) > 1 {
		t.Errorf("the fused network differs: %v", fused)
	}
	slices.Sort(versions)
	if versions = slices.Compact(versions); len(versions) > 1 {
		t.Errorf("the wheels are of several versions: %v", versions)
	}
	if *update && !t.Failed() {
		if len(versions) == 0 {
			t.Fatal("dist has no wheel that runs here; make wheels builds them")
		}
		writeTable(t, versions[0], rows)
	}
}

// unpack finds the newest wheel, and takes the program out of it; both are "" where there is none.
func (w wheel) unpack(t *testing.T) (file, program string) {
	t.Helper()
	found, err := filepath.Glob("../../dist/acdeploy-*" + w.tag + ".whl")
	if err != nil || len(found) == 0 {
		return "", ""
	}
	file = found[len(found)-1]
	z, err := zip.OpenReader(file)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = z.Close() }()
	for _, f := range z.File {
		if path.Base(path.Dir(f.Name)) != "scripts" {
			continue
		}
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		program = filepath.Join(t.TempDir(), path.Base(f.Name))
		if err := os.WriteFile(program, data, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return file, program
}

// missing says what this machine lacks to run it; "" for nothing.
func (s start) missing() string {
	if here := runtime.GOOS + "/" + runtime.GOARCH; s.only != "" && s.only != here {
		return "this machine is " + here
	}
	if len(s.by) > 0 {
		if _, err := exec.LookPath(s.by[0]); err != nil {
			return s.by[0] + " is not here; " + s.install
		}
	}
	if s.try {
		if out, err := exec.Command(s.by[0], slices.Concat(s.by[1:], []string{"true"})...).CombinedOutput(); err != nil {
			return strings.TrimSpace(fmt.Sprintf("%s does not work here: %s", s.by[0], out)) + "; " + s.install
		}
	}
	if _, err := os.Stat(filepath.Join("../..", s.with)); err != nil {
		return s.with + " is not here; " + s.install
	}
	if s.root != "" {
		if _, err := os.Stat(filepath.Join("../..", s.root)); err != nil || os.Getuid() != 0 {
			return s.install
		}
	}
	return ""
}

// run has a program say its version, and fuse and verify the network of the demo in float64.
func (s start) run(t *testing.T, program string) (version, fused string) {
	t.Helper()
	dir := t.TempDir()
	if s.root != "" {
		if out, err := exec.Command("cp", "-a", filepath.Join("../..", s.root)+"/.", dir).CombinedOutput(); err != nil {
			t.Fatalf("copy the root: %v\n%s", err, out)
		}
	}
	name := filepath.Base(program)
	for from, to := range map[string]string{program: name, "../../examples/cifar_quick/acnet.onnx": "acnet.onnx"} {
		data, err := os.ReadFile(from)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, to), data, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	call := func(args ...string) string {
		words := slices.Concat(s.by, []string{"./" + name}, args)
		cmd := exec.Command(words[0], words[1:]...)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "HOME="+dir, "WINEPREFIX="+filepath.Join(dir, "wine"), "WINEDEBUG=-all")
		var said bytes.Buffer
		cmd.Stderr = &said
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("%s: %q: %v\n%s%s", s.how, words, err, out, &said)
		}
		return strings.TrimSpace(string(out))
	}
	if s.by != nil && s.by[0] == "wine" {
		completeWine(t, filepath.Join(dir, "wine"))
	}
	version = call("version")
	if !regexp.MustCompile(`^acdeploy [0-9.]+ \([0-9a-f]{40}(\+dirty)?\)$`).MatchString(version) {
		t.Errorf("%s it says %q", s.how, version)
	}
	if said := call("fuse", "acnet.onnx", "-o", "fused.onnx", "--verify", "--backend", "reference", "--json"); !strings.Contains(said, `"proof": "algebra"`) {
		t.Errorf("%s it fuses and says\n%s", s.how, said)
	}
	data, err := os.ReadFile(filepath.Join(dir, "fused.onnx"))
	if err != nil {
		t.Fatal(err)
	}
	return version, fmt.Sprintf("%x", sha256.Sum256(data))
}

// completeWine makes a folder for Wine, with the library that an old one lacks.
func completeWine(t *testing.T, prefix string) {
	t.Helper()
	cmd := exec.Command("wine", "cmd", "/c", "ver")
	cmd.Env = append(os.Environ(), "WINEPREFIX="+prefix, "WINEDEBUG=-all")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("Wine does not start: %v\n%s", err, out)
	}
	has := filepath.Join(prefix, "drive_c/windows/system32/bcryptprimitives.dll")
	if _, err := os.Stat(has); err == nil {
		return
	}
	data, err := os.ReadFile("../../" + lacking)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(has, data, 0o644); err != nil {
		t.Fatal(err)
	}
}
