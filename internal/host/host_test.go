package host

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"runtime/debug"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// fakeRoot writes files under a folder that stands for the root of the file system.
func fakeRoot(t *testing.T, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for name, text := range files {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func of(n int64) *int64 { return &n }

func TestReadLoad(t *testing.T) {
	root := fakeRoot(t, map[string]string{
		"proc/stat":                      "cpu  10 20 30 40 50 60 70 800 0 0\ncpu0 1 2 3 4 5 6 7 8 0 0\nctxt 12345\n",
		"proc/loadavg":                   "1.25 0.80 0.50 2/300 4000\n",
		"proc/pressure/cpu":              "some avg10=3.50 avg60=1.00 avg300=0.10 total=98765\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=1\n",
		"proc/self/cgroup":               "0::/user/job\n",
		"sys/fs/cgroup/user/job/cpu.max": "150000 100000\n",
		"sys/fs/cgroup/user/job/cpu.stat": "usage_usec 5\nuser_usec 3\nsystem_usec 2\n" +
			"nr_periods 9\nnr_throttled 4\nthrottled_usec 250\n",
		"sys/devices/system/cpu/cpu0/cpufreq/scaling_cur_freq": "2400000\n",
	})
	want := Load{
		Average1: "1.25", PressureSome: "3.50", PressureMicros: of(98765), StealNanos: of(8_000_000_000),
		Throttled: of(4), ThrottledNanos: of(250_000), Switches: of(12345), CurrentKHz: of(2_400_000),
	}
	got := readLoad(root)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if got := readLimits(root).CPUQuota; got != "150000 100000" {
		t.Errorf("quota %q", got)
	}
	earlier := got
	earlier.StealNanos, earlier.Throttled = of(7_990_000_000), nil
	change := got.Since(earlier)
	if *change.StealNanos != 10_000_000 || change.Throttled != nil || *change.Switches != 0 {
		t.Errorf("change %+v", change)
	}
}

// Inside a container the kernel may give the path of a cgroup that is not visible there.
func TestCgroupOfContainer(t *testing.T) {
	root := fakeRoot(t, map[string]string{
		"proc/self/cgroup":       "0::/system.slice/abc\n",
		"sys/fs/cgroup/cpu.max":  "max 100000",
		"sys/fs/cgroup/cpu.stat": "usage_usec 5",
	})
	if got := readLimits(root).CPUQuota; got != "max 100000" {
		t.Errorf("quota %q", got)
	}
}

func TestAbsentFactsAreSaid(t *testing.T) {
	root := t.TempDir()
	want := Load{Average1: Unavailable, PressureSome: Unavailable}
	if diff := cmp.Diff(want, readLoad(root)); diff != "" {
		t.Error(diff)
	}
	wantLimits := Limits{CPUQuota: Unavailable, Affinity: Unavailable, Isolated: Unavailable}
	if diff := cmp.Diff(wantLimits, readLimits(root)); diff != "" {
		t.Error(diff)
	}
	if got := readFrequency(root).Governor; got != Unavailable {
		t.Errorf("governor %q", got)
	}
	if got := readContainer(root); got != Unavailable {
		t.Errorf("container %q", got)
	}
}

func TestReadFrequency(t *testing.T) {
	root := fakeRoot(t, map[string]string{
		"sys/devices/system/cpu/cpu0/cpufreq/scaling_governor": "performance\n",
		"sys/devices/system/cpu/cpu0/cpufreq/scaling_driver":   "intel_pstate\n",
		"sys/devices/system/cpu/cpu0/cpufreq/scaling_max_freq": "3800000\n",
		"sys/devices/system/cpu/intel_pstate/no_turbo":         "1\n",
		"sys/devices/system/cpu/online":                        "0-7\n",
	})
	got := readFrequency(root)
	want := Frequency{
		Governor: "performance", Driver: "intel_pstate", MaxKHz: of(3_800_000), Boost: Unavailable, NoTurbo: "1",
		Preference: Unavailable, Online: "0-7", Governors: 1,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestReadContainer(t *testing.T) {
	for want, files := range map[string]map[string]string{
		"docker":   {".dockerenv": ""},
		"podman":   {"run/.containerenv": ""},
		"kubepods": {"proc/1/cgroup": "0::/kubepods/besteffort/pod1\n"},
		"none":     {"proc/1/cgroup": "0::/init.scope\n"},
	} {
		if got := readContainer(fakeRoot(t, files)); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestChosen(t *testing.T) {
	for text, want := range map[string]string{"always [madvise] never": "madvise", Unavailable: Unavailable, "x": "x", "[": "["} {
		if got := chosen(text); got != want {
			t.Errorf("chosen(%q) = %q, want %q", text, got, want)
		}
	}
}

func TestBuildRevision(t *testing.T) {
	for want, settings := range map[string][]debug.BuildSetting{
		Unavailable:      nil,
		"abc":            {{Key: "vcs.revision", Value: "abc"}, {Key: "vcs.modified", Value: "false"}},
		"abc" + "+dirty": {{Key: "vcs.modified", Value: "true"}, {Key: "vcs.revision", Value: "abc"}},
	} {
		if got := buildRevision(settings); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestEngineEnv(t *testing.T) {
	got := engineEnv([]string{"OMP_NUM_THREADS=2", "HOME=/root", "NVIDIA_TF32_OVERRIDE=0", "SECRET=x", "CUDA_VISIBLE_DEVICES="})
	want := map[string]string{"OMP_NUM_THREADS": "2", "NVIDIA_TF32_OVERRIDE": "0", "CUDA_VISIBLE_DEVICES": ""}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestParseSMI(t *testing.T) {
	const line = "0, NVIDIA H200, GPU-1, 570.1, 9.0, 143771, 1, 345, 1980, 3201, 28, 75.43, 700.00, P0, Enabled, [N/A]\n"
	gpus, note := parseSMI(line)
	want := []GPU{{
		Index: 0, Name: "NVIDIA H200", UUID: "GPU-1", Driver: "570.1", ComputeCapability: "9.0",
		MemoryTotal: of(143771 << 20), MemoryUsed: of(1 << 20), SMClockMHz: of(345), MaxSMClockMHz: of(1980),
		MemoryClockMHz: of(3201), TemperatureC: of(28), PowerMilliwatts: of(75430), PowerLimit: of(700000),
		PerformanceState: "P0", Persistence: "Enabled", MIG: "[N/A]",
	}}
	if diff := cmp.Diff(want, gpus); diff != "" || note != "" {
		t.Error(diff, note)
	}
	for name, out := range map[string]string{"empty": "", "short": "0, x\n", "no index": "x" + line[1:]} {
		if gpus, note := parseSMI(out); len(gpus) > 0 || note == "" {
			t.Errorf("%s: got %v, %q", name, gpus, note)
		}
	}
}

// Whatever the machine, every text of the facts says something.
func TestRead(t *testing.T) {
	f := Read(context.Background())
	if f.CPU.LogicalCores != runtime.NumCPU() || f.Process.GoVersion != runtime.Version() {
		t.Errorf("cores %d, go %s", f.CPU.LogicalCores, f.Process.GoVersion)
	}
	if len(f.GPUs) == 0 && f.GPUNote == "" {
		t.Error("no GPU and no reason")
	}
	checkTexts(t, "facts", reflect.ValueOf(f))
	if _, err := json.Marshal(f); err != nil {
		t.Error(err)
	}
}

func checkTexts(t *testing.T, path string, v reflect.Value) {
	t.Helper()
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			checkTexts(t, path+"."+v.Type().Field(i).Name, v.Field(i))
		}
	case reflect.String:
		mayBeEmpty := path == "facts.GPUNote" || path == "facts.Limits.Isolated"
		if v.String() == "" && !mayBeEmpty {
			t.Errorf("%s is empty", path)
		}
	}
}
