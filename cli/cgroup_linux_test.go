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

// grouped makes a control group with a controller's limits, by the names of their files in both versions, and runs
// programs in it. It skips where this user may not.
func grouped(t *testing.T, controller string, v1, v2 map[string]string) func(name string, args ...string) *exec.Cmd {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("only root may make control groups")
	}
	parent, limits := filepath.Join("/sys/fs/cgroup", controller), v1
	if _, err := os.Stat(parent); err != nil {
		parent, limits = "/sys/fs/cgroup", v2
		_ = os.WriteFile(filepath.Join(parent, "cgroup.subtree_control"), []byte("+"+controller), 0o644) // told below
	}
	dir, err := os.MkdirTemp(parent, "acdeploy-test-") //nolint:usetesting // A control group is a folder among its kind.
	if err != nil {
		t.Skip("this system lets nobody make control groups: ", err)
	}
	t.Cleanup(func() { _ = os.Remove(dir) }) // whoever is in it has ended
	for file, value := range limits {
		if err := os.WriteFile(filepath.Join(dir, file), []byte(value), 0o644); err != nil {
			t.Skip("the control group takes no limit: ", err)
		}
	}
	return func(name string, args ...string) *exec.Cmd {
		enter := []string{"-c", `echo $$ > "$0/cgroup.procs" && exec "$@"`, dir, name}
		return exec.Command("/bin/sh", append(enter, args...)...)
	}
}

// TestQuotaIsNotMeasured measures under a fifth of a processor. The measurement is invalid, and says that it is one of the
// quota; doctor shows the limit.
func TestQuotaIsNotMeasured(t *testing.T) {
	if testing.Short() {
		t.Skip("starts worker processes; -short")
	}
	within := grouped(t, "cpu",
		map[string]string{"cpu.cfs_period_us": "100000", "cpu.cfs_quota_us": "20000"}, map[string]string{"cpu.max": "20000 100000"})
	acdeploy := program(t)
	doctor, _ := within(acdeploy, "doctor").CombinedOutput() // its exit code is that of the engines
	if !strings.Contains(string(doctor), "quota 0.2 processors") {
		t.Errorf("doctor says\n%s", doctor)
	}
	const a, b = "../examples/cifar_quick/baseline.onnx", "../examples/cifar_quick/acnet.onnx"
	var stdout, stderr bytes.Buffer
	cmd := within(acdeploy, "bench", a, b, "--backend", "reference", "--units", "2", "--duration", "1s", "--json")
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	_ = cmd.Run() // the exit code is what matters
	if code := cmd.ProcessState.ExitCode(); code != cli.ExitInvalid {
		t.Errorf("exit code %d\n%s", code, stderr.String())
	}
	if !strings.Contains(stderr.String(), "1 threads are more than a quota of 0.2 processors") || !strings.Contains(stderr.String(), "this measures the quota") {
		t.Errorf("standard error says\n%s", stderr.String())
	}
	var doc struct {
		Comparisons []struct{ Verdict, Reason string }
		Host        struct {
			Limits struct {
				Quota string `json:"cpu_quota"`
			}
		}
		Units []struct {
			Load struct{ Periods, Throttled *int64 }
		}
	}
	if err := json.Unmarshal(stdout.Bytes(), &doc); err != nil {
		t.Fatal(err)
	}
	if doc.Host.Limits.Quota != "20000 100000" || len(doc.Comparisons) != 1 || doc.Comparisons[0].Verdict != "invalid" {
		t.Errorf("%+v", doc)
	}
	for _, u := range doc.Units {
		if u.Load.Periods == nil || u.Load.Throttled == nil || *u.Load.Throttled == 0 || *u.Load.Throttled > *u.Load.Periods {
			t.Errorf("a unit was throttled %v times of %v", u.Load.Throttled, u.Load.Periods)
		}
	}
}

// TestOutOfMemoryIsTold has an engine take more memory than the control group may use. The system kills it, and the error
// says why.
func TestOutOfMemoryIsTold(t *testing.T) {
	if testing.Short() {
		t.Skip("starts worker processes; -short")
	}
	within := grouped(t, "memory", map[string]string{"memory.limit_in_bytes": "268435456"},
		map[string]string{"memory.max": "268435456", "memory.swap.max": "0"})
	acdeploy, net := program(t), filepath.Join(t.TempDir(), "net.onnx")
	if out, err := exec.Command(acdeploy, "fuse", "../examples/cifar_quick/acnet.onnx", "-o", net).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for command, args := range map[string][]string{
		"verify": {"verify", net, net, "--backend", "rude"},
		"bench":  {"bench", net, net, "--backend", "rude", "--units", "2", "--duration", "1s"},
	} {
		cmd := within(acdeploy, args...)
		cmd.Env = append(os.Environ(), rudeVariable+"=run eat")
		out, err := cmd.CombinedOutput()
		if err == nil || !strings.Contains(string(out), "signal: killed, out of memory: its control group may use 256 MiB") {
			t.Errorf("%s: %v\n%s", command, err, out)
		}
	}
}
