package host

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestReadLoad(t *testing.T) {
	root := fakeRoot(t, map[string]string{
		"proc/stat":         "cpu  10 20 30 40 50 60 70 800 0 0\ncpu0 1 2 3 4 5 6 7 8 0 0\nctxt 12345\n",
		"proc/loadavg":      "1.25 0.80 0.50 2/300 4000\n",
		"proc/pressure/cpu": "some avg10=3.50 avg60=1.00 avg300=0.10 total=98765\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=1\n",
		"proc/self/cgroup":  "0::/user/job\n",
		"sys/fs/cgroup/user/job/cpu.stat": "usage_usec 5\nuser_usec 3\nsystem_usec 2\n" +
			"nr_periods 9\nnr_throttled 4\nthrottled_usec 250\n",
		"sys/devices/system/cpu/cpu0/cpufreq/scaling_cur_freq": "2400000\n",
	})
	want := Load{
		Average1: "1.25", PressureSome: "3.50", PressureMicros: of(98765), StealNanos: of(8_000_000_000),
		Throttling: Throttling{of(9), of(4), of(250_000)}, Switches: of(12345), CurrentKHz: of(2_400_000),
		Groups: []Throttling{{of(9), of(4), of(250_000)}, {}, {}},
	}
	got := readLoad(root)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	earlier := got
	earlier.StealNanos, earlier.Groups = of(7_990_000_000), []Throttling{{of(9), nil, nil}, {}, {}}
	change := got.Since(earlier)
	if *change.StealNanos != 10_000_000 || change.Throttled != nil || *change.Switches != 0 {
		t.Errorf("change %+v", change)
	}
}

func TestAbsentFactsAreSaid(t *testing.T) {
	root := t.TempDir()
	want := Load{Average1: Unavailable, PressureSome: Unavailable}
	if diff := cmp.Diff(want, readLoad(root)); diff != "" {
		t.Error(diff)
	}
	if got := readFrequency(root).Governor; got != Unavailable {
		t.Errorf("governor %q", got)
	}
	if got := readContainer(root); got != Unavailable {
		t.Errorf("container %q", got)
	}
}
