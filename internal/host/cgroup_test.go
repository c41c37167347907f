package host

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// The trees of files are those that systems have: with either version, with both, in a container that sees its own
// group only, and with folders that are gone.
func TestControlGroups(t *testing.T) {
	const mountV1 = "31 23 0:28 / /sys/fs/cgroup rw - tmpfs tmpfs rw\n32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n"
	for name, c := range map[string]struct {
		files      map[string]string
		controller string
		want       groups
	}{
		"nothing": {map[string]string{}, "cpu", groups{}},
		"v2, nested": {map[string]string{
			"proc/self/cgroup":                    "0::/a.slice/b\n",
			"sys/fs/cgroup/cgroup.controllers":    "cpu",
			"sys/fs/cgroup/a.slice/b/cgroup.type": "domain",
		}, "cpu", groups{2, []string{"sys/fs/cgroup/a.slice/b", "sys/fs/cgroup/a.slice", "sys/fs/cgroup"}, true}},
		"v2, a container that sees its own group as the root": {map[string]string{
			"proc/self/cgroup":                 "0::/\n",
			"sys/fs/cgroup/cgroup.controllers": "cpu",
			"sys/fs/cgroup/cgroup.type":        "domain",
		}, "memory", groups{2, []string{"sys/fs/cgroup"}, false}},
		"v2, a path that is not visible": {map[string]string{
			"proc/self/cgroup":               "0::/system.slice/docker-1.scope\n",
			"sys/fs/cgroup/cgroup.procs":     "1",
			"sys/fs/cgroup/init/cgroup.type": "domain",
		}, "cpu", groups{2, []string{"sys/fs/cgroup"}, false}},
		"v2, a path outside of the namespace": {map[string]string{
			"proc/self/cgroup":           "0::/../../other\n",
			"sys/fs/cgroup/cgroup.procs": "1",
			"sys/other/cgroup.procs":     "1",
		}, "cpu", groups{2, []string{"sys/fs/cgroup"}, false}},
		"v1": {map[string]string{
			"proc/self/cgroup":                        "4:memory:/m\n3:cpu,cpuacct:/job\n",
			"sys/fs/cgroup/cpu/job/cpu.cfs_quota_us":  "-1",
			"sys/fs/cgroup/cpu/release_agent":         "",
			"sys/fs/cgroup/memory/n/cgroup.procs":     "",
			"sys/fs/cgroup/unified/cgroup.type":       "",
			"sys/fs/cgroup/cpu/other/cpu.cfs_quota_u": "",
		}, "cpu", groups{1, []string{"sys/fs/cgroup/cpu/job", "sys/fs/cgroup/cpu"}, true}},
		"v1, mounted under both names": {map[string]string{
			"proc/self/cgroup":                         "3:cpu,cpuacct:/job:1\n",
			"proc/self/mountinfo":                      mountV1,
			"sys/fs/cgroup/cpu,cpuacct/job:1/cpu.stat": "",
		}, "cpu", groups{1, []string{"/sys/fs/cgroup/cpu,cpuacct/job:1", "/sys/fs/cgroup/cpu,cpuacct"}, false}},
		"v1, a container whose group is mounted": {map[string]string{
			"proc/self/cgroup":                "3:cpu:/docker/abc/in\n",
			"proc/self/mountinfo":             "32 31 0:29 /docker/abc /cg/cpu ro - cgroup cgroup rw,cpu\n",
			"cg/cpu/in/cpu.stat":              "",
			"cg/cpu/docker/abc/in/cpu.cfs_qu": "not this one",
		}, "cpu", groups{1, []string{"/cg/cpu/in", "/cg/cpu"}, false}},
		"hybrid: version 1 has the controller": {map[string]string{
			"proc/self/cgroup":                  "1:cpu:/x\n0::/y\n",
			"proc/self/mountinfo":               "32 31 0:29 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n",
			"sys/fs/cgroup/cpu/x/cpu.stat":      "",
			"sys/fs/cgroup/unified/y/cpu.stat":  "",
			"sys/fs/cgroup/unified/cgroup.stat": "",
		}, "cpu", groups{1, []string{"/sys/fs/cgroup/cpu/x", "/sys/fs/cgroup/cpu"}, false}},
		"hybrid: version 2 has it": {map[string]string{
			"proc/self/cgroup":                         "1:cpu:/x\n0::/y\n",
			"proc/self/mountinfo":                      "41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n",
			"sys/fs/cgroup/unified/y/memory.max":       "",
			"sys/fs/cgroup/unified/cgroup.controllers": "memory",
		}, "memory", groups{2, []string{"/sys/fs/cgroup/unified/y", "/sys/fs/cgroup/unified"}, true}},
		"a mount that is gone": {map[string]string{"proc/self/cgroup": "3:cpu:/job\n"}, "cpu", groups{}},
	} {
		t.Run(name, func(t *testing.T) {
			got := controlGroups(fakeRoot(t, c.files), c.controller)
			if diff := cmp.Diff(c.want, got, cmp.AllowUnexported(groups{}), cmpopts.EquateEmpty()); diff != "" {
				t.Error(diff)
			}
		})
	}
}
