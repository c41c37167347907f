//go:build unix

package cli_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/acdeploy/acdeploy/internal/osfile"
	models "github.com/acdeploy/acdeploy/model"
	"github.com/acdeploy/acdeploy/reports"
)

// The number of kills of each command, and an archive of ONNX Runtime to install; see the target crash-test of the Makefile. The names do not begin
// with ACDEPLOY_: a command warns of such a variable that nothing reads.
const (
	killsEnv   = "CRASH_KILLS"
	archiveEnv = "CRASH_ARCHIVE"
)

// kills is how often each command is killed: a few times, or as often as the environment says.
func kills(t *testing.T) int {
	t.Helper()
	if testing.Short() {
		t.Skip("starts many processes; -short")
	}
	text := os.Getenv(killsEnv)
	if text == "" {
		return 8
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// series is a command that is killed again and again.
type series struct {
	command func(n int) *exec.Cmd
	check   func(n int)                                    // looks at what is there after it, killed or not
	wait    func(n int, r *rand.Rand, takes time.Duration) // returns when it is to be killed
	where   func() string                                  // says more of when it was killed; may be nil
}

// anyMoment waits until a random moment of the time that a command takes.
func anyMoment(_ int, r *rand.Rand, takes time.Duration) {
	time.Sleep(time.Duration(r.Float64() * float64(takes)))
}

// crash kills a command again and again, and says how many were killed before they ended.
func crash(t *testing.T, s series) {
	t.Helper()
	start := time.Now()
	_, _ = s.command(0).CombinedOutput() // its exit code depends on the engines of the machine; check sees what came of it
	takes := time.Since(start)
	s.check(0)
	r := rand.New(rand.NewPCG(14, 1))
	killed, all := 0, kills(t)
	for n := 1; n <= all && !t.Failed(); n++ {
		cmd := s.command(n)
		osfile.NewGroup(cmd)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		s.wait(n, r, takes)
		_ = osfile.KillGroup(cmd.Process) // it fails when the command has ended
		_ = cmd.Wait()
		if osfile.Signal(cmd.ProcessState) != "" {
			killed++
		}
		s.check(n)
	}
	note := fmt.Sprintf("%d before its end", killed)
	if s.where != nil {
		note += ": " + s.where()
	}
	t.Attr("tried", strconv.Itoa(all))
	t.Attr("note", note)
}

// sums collects the digests of whole models: there are to be no more than those that complete runs gave.
type sums map[string]bool

// see reads a model to its last byte.
func (s sums) see(t *testing.T, n int, path string) {
	t.Helper()
	f, err := models.Open(path)
	if err != nil {
		t.Errorf("kill %d: %v", n, err)
		return
	}
	defer func() { _ = f.Close() }()
	d, err := f.Digest()
	if err != nil {
		t.Errorf("kill %d: %v", n, err)
	}
	if s[d.ModelSHA256] = true; len(s) > 2 {
		t.Errorf("kill %d: a model that no complete run writes", n)
	}
}

// swept makes what was left look old, data without a model too, runs a command that writes there, and looks for what is still left.
func swept(t *testing.T, dir string, cmd *exec.Cmd) {
	t.Helper()
	past := time.Now().Add(-time.Hour)
	for _, left := range osfile.LeftOver(dir) {
		inside, _ := filepath.Glob(filepath.Join(left, "*"))
		for _, path := range append(inside, left) {
			if err := os.Chtimes(path, past, past); err != nil {
				t.Error(err)
			}
		}
	}
	data, _ := filepath.Glob(filepath.Join(dir, "*.data"))
	for _, path := range data {
		if err := os.Chtimes(path, past, past); err != nil {
			t.Error(err)
		}
	}
	_, _ = cmd.CombinedOutput()
	if left := osfile.LeftOver(dir); left != nil {
		t.Errorf("left over after the next command: %v", left)
	}
	if data, err := filepath.Glob(filepath.Join(dir, "*.data")); err != nil || len(data) != 1 {
		t.Errorf("data files after the next command: %v, %v", data, err)
	}
}

// variant makes the odd ones of a series of commands write another model than the even ones.
func variant(n int) []string {
	if n%2 == 1 {
		return []string{"--disable", "fuse_branches"}
	}
	return nil
}

// A fuse that is killed at any moment leaves the old model or the new one, with its external data, whole.
func TestReliability1KilledFuse(t *testing.T) {
	acdeploy, from, dir := program(t), twoFiles(t), t.TempDir()
	path := filepath.Join(dir, "fused.onnx")
	fuse := func(n int) *exec.Cmd {
		return exec.Command(acdeploy, append([]string{"fuse", from, "-o", path}, variant(n)...)...)
	}
	seen := sums{}
	if said, err := fuse(1).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	seen.see(t, 0, path)
	crash(t, series{command: fuse, wait: anyMoment, check: func(n int) { seen.see(t, n, path) }})
	swept(t, dir, fuse(0))
	seen.see(t, 0, path)
}

// A run that is killed at any moment leaves the old model and report or the new ones, whole.
func TestReliability1KilledRun(t *testing.T) {
	acdeploy, from, dir := program(t), twoFiles(t), t.TempDir()
	path := filepath.Join(dir, "fused.onnx")
	run := func(n int) *exec.Cmd {
		cmd := exec.Command(acdeploy, append([]string{"run", "--model", from, "--report", dir}, variant(n)...)...)
		cmd.Env = append(os.Environ(), "ACDEPLOY_ORT_LIB=", "ORT_DYLIB_PATH="+filepath.Join(dir, "absent.so")) // it ends before it measures
		return cmd
	}
	seen := sums{}
	_, _ = run(1).CombinedOutput()
	seen.see(t, 0, path)
	check := func(n int) {
		seen.see(t, n, path)
		found, err := filepath.Glob(filepath.Join(dir, "report*.json"))
		if err != nil || len(found) == 0 {
			t.Errorf("kill %d: no report, %v", n, err)
		}
		for _, path := range found {
			if _, err := reports.Read(path); err != nil {
				t.Errorf("kill %d: %v", n, err)
			}
		}
	}
	crash(t, series{command: run, wait: anyMoment, check: check})
	swept(t, dir, run(0))
	check(0)
}
