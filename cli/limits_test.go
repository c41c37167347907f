package cli

import (
	"testing"

	"github.com/acdeploy/acdeploy/internal/host"
)

func TestLimits(t *testing.T) {
	n := func(v int64) *int64 { return &v }
	const no = host.Unavailable
	for name, c := range map[string]struct {
		facts host.Facts
		want  check
	}{
		"a container": {
			host.Facts{Limits: host.Limits{Cgroup: "v2", CPUQuota: "150000 100000", Cpuset: "0-3", Affinity: "0-1", MemoryLimit: "536870912"}},
			check{"limits", "ok", "control groups v2, quota 1.5 processors, processors 0-1, of the group 0-3, memory 536.9 MB", ""},
		},
		"without limits": {
			host.Facts{Limits: host.Limits{Cgroup: "v1", CPUQuota: "max 100000", Cpuset: "0-3", Affinity: "0-3", MemoryLimit: "max"}},
			check{"limits", "ok", "control groups v1, quota none, processors 0-3, of the group 0-3, memory not limited", ""},
		},
		"unknown is unknown": {
			host.Facts{Limits: host.Limits{Cgroup: "v1", CPUQuota: no, Cpuset: no, Affinity: "0-3", MemoryLimit: no}},
			check{"limits", "ok", "control groups v1, quota unavailable, processors 0-3, of the group unavailable, memory unavailable", ""},
		},
		"throttled": {
			host.Facts{
				Limits: host.Limits{Cgroup: "v2", CPUQuota: "20000 100000", Cpuset: "0", Affinity: "0", MemoryLimit: "max"},
				Load:   host.Load{Throttling: host.Throttling{Periods: n(674), Throttled: n(639)}},
			},
			check{
				"limits", "warn", "control groups v2, quota 0.2 processors, processors 0, of the group 0, memory not limited, throttled in 639 of 674 periods so far",
				"a latency that is measured while the quota runs out is that of the quota: give the container more processor time",
			},
		},
		"no groups": {
			host.Facts{Limits: host.Limits{Cgroup: no, CPUQuota: no, Cpuset: no, Affinity: no, MemoryLimit: no}},
			check{"limits", "absent", "no control groups can be read here: whether there are limits is not known", ""},
		},
	} {
		if got := limits(c.facts); got != c.want {
			t.Errorf("%s:\n%+v, want\n%+v", name, got, c.want)
		}
	}
}
