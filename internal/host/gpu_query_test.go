package host

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

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
