package host

import (
	"math"
	"runtime"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestReadLimits(t *testing.T) {
	const no = Unavailable
	for name, c := range map[string]struct {
		files map[string]string
		want  Limits
	}{
		"nothing": {nil, Limits{no, no, no, no, no, no}},
		"v2, the group around it is tighter": {map[string]string{
			"proc/self/cgroup":                    "0::/pod/job\n",
			"sys/fs/cgroup/pod/job/cpu.max":       "max 100000\n",
			"sys/fs/cgroup/pod/job/memory.max":    "1073741824\n",
			"sys/fs/cgroup/pod/cpu.max":           "150000 100000\n",
			"sys/fs/cgroup/pod/memory.max":        "536870912\n",
			"sys/fs/cgroup/pod/cpuset.cpus":       "0-7\n",
			"sys/fs/cgroup/cpuset.cpus.effective": "0-31\n",
			"sys/fs/cgroup/pod/job/cpuset.cpus":   "\n",
			"proc/self/status":                    "Name:\tx\nCpus_allowed_list:\t2-3\n",
			"sys/devices/system/cpu/isolated":     "\n",
		}, Limits{"v2", "150000 100000", "0-7", "536870912", "2-3", ""}},
		"v2, its own is tighter": {map[string]string{
			"proc/self/cgroup":              "0::/pod/job\n",
			"sys/fs/cgroup/pod/job/cpu.max": "20000 100000\n",
			"sys/fs/cgroup/pod/cpu.max":     "100000 50000\n",
		}, Limits{"v2", "20000 100000", no, no, no, no}},
		"v2, not limited": {map[string]string{
			"proc/self/cgroup":              "0::/job\n",
			"sys/fs/cgroup/job/cpu.max":     "max 100000\n",
			"sys/fs/cgroup/job/memory.max":  "max\n",
			"sys/fs/cgroup/job/cgroup.type": "domain",
		}, Limits{"v2", "max 100000", no, "max", no, no}},
		"v2, the path of a container is not visible": {map[string]string{
			"proc/self/cgroup":       "0::/system.slice/abc\n",
			"sys/fs/cgroup/cpu.max":  "50000 100000",
			"sys/fs/cgroup/cpu.stat": "usage_usec 5",
		}, Limits{"v2", "50000 100000", no, no, no, no}},
		// The topmost group has no limit, and no file to say so.
		"v2, outside of any group": {map[string]string{
			"proc/self/cgroup":                 "0::/\n",
			"sys/fs/cgroup/cgroup.controllers": "cpu memory\n",
		}, Limits{"v2", "max", no, "max", no, no}},
		"v1": {map[string]string{
			"proc/self/cgroup":                                "5:cpuset:/job\n4:memory:/m\n3:cpu,cpuacct:/job\n0::/job\n",
			"sys/fs/cgroup/cpu/job/cpu.cfs_quota_us":          "-1\n",
			"sys/fs/cgroup/cpu/job/cpu.cfs_period_us":         "100000\n",
			"sys/fs/cgroup/cpu/cpu.cfs_quota_us":              "200000\n",
			"sys/fs/cgroup/cpu/cpu.cfs_period_us":             "100000\n",
			"sys/fs/cgroup/memory/m/memory.limit_in_bytes":    "9223372036854771712\n",
			"sys/fs/cgroup/memory/memory.limit_in_bytes":      "268435456\n",
			"sys/fs/cgroup/cpuset/job/cpuset.cpus":            "0-3\n",
			"sys/fs/cgroup/cpuset/job/cpuset.effective_cpus":  "0-1\n",
			"sys/fs/cgroup/unified/job/cpu.max":               "1000 100000\n",
			"sys/fs/cgroup/cpuset/cpuset.effective_cpus":      "0-63\n",
			"sys/fs/cgroup/cpu/elsewhere/cpu.cfs_quota_us":    "1000\n",
			"sys/fs/cgroup/memory/else/memory.limit_in_bytes": "1000\n",
		}, Limits{"v1", "200000 100000", "0-1", "268435456", no, no}},
		"v1, not limited": {map[string]string{
			"proc/self/cgroup":                             "4:memory:/\n3:cpu:/\n",
			"sys/fs/cgroup/cpu/cpu.cfs_quota_us":           "-1\n",
			"sys/fs/cgroup/cpu/cpu.cfs_period_us":          "100000\n",
			"sys/fs/cgroup/memory/memory.limit_in_bytes":   "9223372036854771712\n",
			"sys/fs/cgroup/memory/m/memory.limit_in_bytes": "1\n",
		}, Limits{"v1", "max 100000", no, "max", no, no}},
		"v1, files that cannot be read": {map[string]string{
			"proc/self/cgroup":           "3:cpu:/\n",
			"sys/fs/cgroup/cpu/cpu.stat": "nr_periods 0\n",
		}, Limits{"v1", no, no, no, no, no}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, readLimits(fakeRoot(t, c.files))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestProcessors(t *testing.T) {
	all := float64(runtime.NumCPU())
	for quota, want := range map[string]float64{
		"50000 100000": min(all, 0.5), "max 100000": all, "max": all, Unavailable: all, "100000000 100000": all, "0 0": all,
	} {
		l := Limits{CPUQuota: quota}
		if got := l.Processors(); math.Abs(got-want) > 1e-12 {
			t.Errorf("%s: %g processors, want %g", quota, got, want)
		}
		if _, limited := l.Quota(); limited != (quota == "50000 100000" || quota == "100000000 100000") {
			t.Errorf("%s: limited %v", quota, limited)
		}
	}
	if m := (Limits{MemoryLimit: "4096"}).Memory(); m == nil || *m != 4096 {
		t.Errorf("memory %v", m)
	}
	for _, text := range []string{Unlimited, Unavailable} {
		if m := (Limits{MemoryLimit: text}).Memory(); m != nil {
			t.Errorf("memory %d of %s", *m, text)
		}
	}
}
