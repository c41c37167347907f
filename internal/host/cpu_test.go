package host

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

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
