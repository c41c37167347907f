package host

import (
	"testing"
)

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
