//go:build unix

package cli_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/acdeploy/acdeploy/backends/ort/library"
	"github.com/acdeploy/acdeploy/cli"
	"github.com/acdeploy/acdeploy/internal/host"
)

// hostile builds a shared library whose constructor does as the C code says.
func hostile(t *testing.T, deed string) string {
	t.Helper()
	compiler, err := exec.LookPath("cc")
	if err != nil {
		t.Skip("there is no C compiler to build a hostile library with:", err)
	}
	dir := t.TempDir()
	source, library := filepath.Join(dir, "hostile.c"), filepath.Join(dir, "libhostile.so")
	code := "#include <stdio.h>\n#include <stdlib.h>\n#include <unistd.h>\n__attribute__((constructor)) static void deed(void) { " + deed + " }\n"
	if err := os.WriteFile(source, []byte(code), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(compiler, "-shared", "-fPIC", "-o", library, source).CombinedOutput(); err != nil {
		t.Skipf("the C compiler makes no library: %v\n%s", err, out)
	}
	return library
}

// TestReliability2HostileLibraries gives commands a library that crashes, exits, prints or hangs while it is loaded. None takes the
// command along: it says so in one line, in bounded time, and a library that is named outright is exit code 5.
func TestReliability2HostileLibraries(t *testing.T) {
	if !host.Read(t.Context()).Process.Cgo {
		t.Skip("built without cgo: no library is loaded")
	}
	acdeploy, dir := program(t), t.TempDir()
	trained, fused := filepath.Join(dir, "net.onnx"), filepath.Join(dir, "fused.onnx")
	for _, args := range [][]string{{"zoo", "cifar_quick", "--branched", "-o", trained}, {"fuse", trained, "-o", fused}} {
		if out, err := exec.Command(acdeploy, args...).CombinedOutput(); err != nil {
			t.Fatalf("%v: %v\n%s", args, err, out)
		}
	}
	for _, c := range []struct{ name, deed, says string }{
		{"crashes", "*(volatile int *)0 = 1;", "SIGSEGV"},
		{"aborts", "abort();", "SIGABRT"},
		{"exits", "_exit(0);", "ended the process it ran in (exit status 0)"},
		{"exits with words", `puts("{\"op\":\"check\"}"); fflush(stdout); exit(3);`, "exit status 3"},
		{"hangs", "for (;;) sleep(60);", "did not answer within 2s"},
	} {
		t.Run(c.name, func(t *testing.T) {
			lib := hostile(t, c.deed)
			for _, args := range [][]string{
				{"verify", trained, fused, "--timeout", "2s", "--ort-lib", lib},
				{"doctor", "--timeout", "2s", "--ort-lib", lib},
			} {
				start := time.Now()
				cmd := exec.Command(acdeploy, args...)
				out, _ := cmd.CombinedOutput() // the exit code is what matters
				text := string(out)
				if code := cmd.ProcessState.ExitCode(); code != cli.ExitMissing {
					t.Errorf("%s: exit code %d\n%s", args[0], code, text)
				}
				if !strings.Contains(text, c.says) || !strings.Contains(text, lib) || strings.Contains(text, "goroutine ") {
					t.Errorf("%s does not say %q and %s:\n%s", args[0], c.says, lib, text)
				}
				if args[0] == "verify" && !strings.Contains(text, "float64") {
					t.Errorf("what was done without the engine is lost:\n%s", text)
				}
				if took := time.Since(start); took > time.Minute {
					t.Errorf("%s took %s", args[0], took)
				}
			}
		})
	}
}

// TestReliability2LostUnits measures with a library that crashes: every unit is lost, and one line says how and in which library.
func TestReliability2LostUnits(t *testing.T) {
	if !host.Read(t.Context()).Process.Cgo {
		t.Skip("built without cgo: no library is loaded")
	}
	const trained, baseline = "../examples/cifar_quick/acnet.onnx", "../examples/cifar_quick/baseline.onnx"
	lib := hostile(t, "abort();")
	cmd := exec.Command(program(t), "bench", baseline, trained, "--units", "2", "--duration", "1s", "--ort-lib", lib, "-q")
	out, _ := cmd.CombinedOutput() // the exit code is what matters
	text := string(out)
	if code := cmd.ProcessState.ExitCode(); code != cli.ExitInvalid {
		t.Errorf("exit code %d", code)
	}
	if !strings.Contains(text, "SIGABRT") || !strings.Contains(text, "library "+lib) || strings.Count(text, "\n") != 1 {
		t.Errorf("the end of the worker is not told:\n%s", text)
	}
}

// TestReliability8DamagedLibrary has something else lie where ONNX Runtime was installed. It is never loaded: the commands that
// need it say what to do, with exit code 5, though nobody named it.
func TestReliability8DamagedLibrary(t *testing.T) {
	if !host.Read(t.Context()).Process.Cgo {
		t.Skip("built without cgo: no library is loaded")
	}
	acdeploy, cache, dir := program(t), t.TempDir(), t.TempDir()
	trained, fused := filepath.Join(dir, "net.onnx"), filepath.Join(dir, "fused.onnx")
	manifest, err := library.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	rows, err := manifest.For(runtime.GOOS, runtime.GOARCH, "cpu")
	if err != nil {
		t.Skip(err)
	}
	lib := rows[0].Sources[0].Library()
	path := filepath.Join(cache, "acdeploy", "ort", rows[0].Version, "cpu", lib.SHA256[:12], lib.Name())
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	bad, err := os.ReadFile(hostile(t, `fprintf(stderr, "it was loaded\n");`))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, bad, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, lib.Size); err != nil {
		t.Fatal(err)
	}
	execute := func(args ...string) (string, int) {
		cmd := exec.Command(acdeploy, args...)
		cmd.Env = append(os.Environ(), "XDG_CACHE_HOME="+cache, "ACDEPLOY_ORT_LIB=", "ORT_DYLIB_PATH=")
		out, _ := cmd.CombinedOutput() // the exit code is what matters
		return string(out), cmd.ProcessState.ExitCode()
	}
	for _, args := range [][]string{{"zoo", "cifar_quick", "--branched", "-o", trained}, {"fuse", trained, "-o", fused}} {
		if out, code := execute(args...); code != 0 {
			t.Fatal(out)
		}
	}
	for _, args := range [][]string{
		{"fuse", trained, "-o", filepath.Join(dir, "verified.onnx"), "--verify"},
		{"verify", trained, fused},
		{"doctor"},
		{"bench", trained, fused, "--as-trained", trained, "--units", "2", "--duration", "1s", "--backend", "ort"},
	} {
		out, code := execute(args...)
		if code != cli.ExitMissing {
			t.Errorf("%s: exit code %d\n%s", args[0], code, out)
		}
		if !strings.Contains(out, path+" is damaged: ") || !strings.Contains(out, "it is not the file that was reviewed") ||
			!strings.Contains(out, library.InstallCommand) || strings.Contains(out, "it was loaded") {
			t.Errorf("%s says:\n%s", args[0], out)
		}
	}
	if out, code := execute("runtime", "list"); code != 0 || !strings.Contains(out, "none can be used: the installed onnxruntime library must not be used: ") {
		t.Errorf("runtime list: exit code %d\n%s", code, out)
	}
}

// TestReliability2CrashOnTheFusedFile has an engine that runs the original and crashes on the fused file. That is no absent
// engine: exit code 1 with one line, and what was shown before is kept.
func TestReliability2CrashOnTheFusedFile(t *testing.T) {
	dir := t.TempDir()
	acdeploy, trained, fused := program(t), filepath.Join(dir, "net.onnx"), filepath.Join(dir, "fused.onnx")
	execute := func(deed string, args ...string) (stdout, stderr string, code int) {
		var out, said bytes.Buffer
		cmd := exec.Command(acdeploy, args...)
		cmd.Env, cmd.Stdout, cmd.Stderr = append(os.Environ(), rudeVariable+"="+deed), &out, &said
		_ = cmd.Run() // the exit code is what matters
		return out.String(), said.String(), cmd.ProcessState.ExitCode()
	}
	for _, args := range [][]string{{"zoo", "cifar_quick", "--branched", "-o", trained}, {"fuse", trained, "-o", fused}} {
		if _, said, code := execute("", args...); code != 0 {
			t.Fatal(said)
		}
	}
	for deed, how := range map[string]string{
		"open panic": "rude crashed (exit status 2: panic: out of cheese) while it opened ",
		"run kill":   "rude crashed (signal: killed) while it ran ",
		"run exit":   "rude ended the process it ran in (exit status 0) while it ran ",
	} {
		t.Run(deed, func(t *testing.T) {
			report, output := t.TempDir(), filepath.Join(t.TempDir(), "out.onnx")
			for _, args := range [][]string{
				{"verify", trained, fused, "--backend", "rude", "--json"},
				{"fuse", trained, "-o", output, "--verify", "--backend", "rude", "--json"},
				{"run", "--model", trained, "--output", output, "--report", report, "--backend", "rude", "--json"},
			} {
				stdout, stderr, code := execute(deed, args...)
				last := stderr[strings.LastIndex(strings.TrimSuffix(stderr, "\n"), "\n")+1:]
				if code != cli.ExitFailed || !strings.HasPrefix(last, "acdeploy: ") || !strings.Contains(last, how) || strings.Count(stderr, "acdeploy: ") != 1 {
					t.Errorf("%s: exit code %d\n%s", args[0], code, stderr)
				}
				if args[0] == "run" {
					stdout = read(t, filepath.Join(report, "report.json"))
				}
				keepsTheProof(t, args[0], stdout, how)
				if _, err := os.Stat(output); err == nil {
					t.Errorf("%s: the model has its name", args[0])
				}
			}
		})
	}
}

// keepsTheProof looks for the proof in float64 in a document of a command whose engine crashed.
func keepsTheProof(t *testing.T, command, text, how string) {
	t.Helper()
	var doc struct {
		Verify json.RawMessage
		Result *struct{ Passed bool }
	}
	var v struct {
		Equal      bool
		Algebra    struct{ Compared int }
		Checks     []struct{ Backend string }
		Incomplete string
	}
	err := json.Unmarshal([]byte(text), &doc)
	if doc.Verify == nil {
		doc.Verify = json.RawMessage(text)
	}
	if err = errors.Join(err, json.Unmarshal(doc.Verify, &v)); err != nil {
		t.Errorf("%s: %v in %s", command, err, text)
		return
	}
	if v.Equal || v.Algebra.Compared == 0 || len(v.Checks) != 1 || v.Checks[0].Backend != "float64" || !strings.Contains(v.Incomplete, how) {
		t.Errorf("%s keeps %+v", command, v)
	}
	if command == "run" && (doc.Result == nil || doc.Result.Passed) {
		t.Errorf("run says of its result %+v", doc.Result)
	}
}
