package host

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestReadThrottling(t *testing.T) {
	for name, c := range map[string]struct {
		files map[string]string
		want  []Throttling
	}{
		"nothing": {nil, nil},
		"v2": {map[string]string{
			"proc/self/cgroup":           "0::/a\n",
			"sys/fs/cgroup/a/cpu.stat":   "usage_usec 7\nnr_periods 10\nnr_throttled 4\nthrottled_usec 250\n",
			"sys/fs/cgroup/cgroup.procs": "",
		}, []Throttling{{of(10), of(4), of(250_000)}, {}}},
		"v2, processor time is not controlled": {map[string]string{
			"proc/self/cgroup":         "0::/a\n",
			"sys/fs/cgroup/a/cpu.stat": "usage_usec 7\nuser_usec 1\n",
		}, []Throttling{{}, {}}},
		"v1": {map[string]string{
			"proc/self/cgroup":             "3:cpu,cpuacct:/a\n0::/b\n",
			"sys/fs/cgroup/cpu/a/cpu.stat": "nr_periods 10\nnr_throttled 4\nthrottled_time 250\n",
			"sys/fs/cgroup/cpu/cpu.stat":   "nr_periods 0\nnr_throttled 0\nthrottled_time 0\n",
			"sys/fs/cgroup/b/cpu.stat":     "nr_periods 99\nnr_throttled 99\nthrottled_usec 99\n",
		}, []Throttling{{of(10), of(4), of(250)}, {of(0), of(0), of(0)}}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, readThrottling(fakeRoot(t, c.files))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// Of several groups around a process it is the one that ran out in between that counts, not the one that did before.
func TestThrottledSince(t *testing.T) {
	before := Load{Groups: []Throttling{{of(1000), of(900), of(9)}, {of(500), of(0), of(0)}, {}}}
	after := Load{Groups: []Throttling{{of(1010), of(901), of(9)}, {of(520), of(19), of(77)}, {}}}
	want := Throttling{of(20), of(19), of(77)}
	if diff := cmp.Diff(want, after.Since(before).Throttling); diff != "" {
		t.Error(diff)
	}
	if got := (Load{}).Since(Load{}).Throttling; got != (Throttling{}) {
		t.Errorf("unknown is %+v", got)
	}
	stored := Load{Throttling: Throttling{Periods: of(10), Throttled: of(3)}} // without the groups
	if share, known := stored.Since(Load{Throttling: Throttling{Periods: of(0), Throttled: of(0)}}).Share(); share != 0.3 || !known {
		t.Errorf("share %g, known %v", share, known)
	}
}

func TestShare(t *testing.T) {
	for name, c := range map[string]struct {
		of    Throttling
		share float64
		known bool
	}{
		"unknown":         {Throttling{}, 0, false},
		"half known":      {Throttling{Throttled: of(3)}, 0, false},
		"no quota":        {Throttling{Periods: of(0), Throttled: of(0)}, 0, true},
		"half of periods": {Throttling{Periods: of(8), Throttled: of(4)}, 0.5, true},
	} {
		if share, known := c.of.Share(); share != c.share || known != c.known {
			t.Errorf("%s: %g, %v", name, share, known)
		}
	}
}

func TestReadOOMKills(t *testing.T) {
	for name, c := range map[string]struct {
		files map[string]string
		want  *int64
	}{
		"nothing": {nil, nil},
		"v2": {map[string]string{
			"proc/self/cgroup": "0::/a\n", "proc/vmstat": "oom_kill 7\n",
			"sys/fs/cgroup/a/memory.events": "low 0\nhigh 0\nmax 5\noom 2\noom_kill 3\noom_group_kill 0\n",
		}, of(3)},
		"v1": {map[string]string{
			"proc/self/cgroup":                          "2:memory:/a\n",
			"sys/fs/cgroup/memory/a/memory.oom_control": "oom_kill_disable 0\nunder_oom 0\noom_kill 4\n",
		}, of(4)},
		"no controller": {map[string]string{"proc/self/cgroup": "0::/a\n", "sys/fs/cgroup/a/cpu.stat": "", "proc/vmstat": "pgfault 1\noom_kill 7\n"}, of(7)},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, readOOMKills(fakeRoot(t, c.files))); diff != "" {
				t.Error(diff)
			}
		})
	}
}
