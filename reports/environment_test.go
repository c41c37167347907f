package reports_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/acdeploy/acdeploy/internal/host"
	"github.com/acdeploy/acdeploy/reports"
	"github.com/acdeploy/acdeploy/reports/internal/reporttest"
)

// titled is the section of a page with that title.
func titled(t *testing.T, p reports.Page, title string) reports.Section {
	t.Helper()
	for _, s := range p.Evidence {
		if s.Title == title {
			return s
		}
	}
	t.Fatalf("the page has no section %s", title)
	return reports.Section{}
}

// TestEnvironmentTellsWhatWasRecorded and nothing of what the machine did not tell.
func TestEnvironmentTellsWhatWasRecorded(t *testing.T) {
	total := int64(8 << 30)
	r := reporttest.Whole()
	r.Host.CPU.SMT, r.Host.CPU.Microcode = "1", "0x2b"
	r.Host.Frequency = host.Frequency{Governor: "performance", Boost: "0"}
	r.Host.Memory.Total = &total
	r.Host.System.Distribution, r.Host.System.Container, r.Host.System.Virtualization = "debian 12", "none", "unavailable"
	r.Host.Limits.CPUQuota, r.Host.Limits.MemoryLimit = "unavailable", "536870912"
	r.Host.GPUs = []host.GPU{{Index: 1, Name: "Example GPU", Driver: "550.1"}}
	r.Host.Process = host.Process{Version: "v1.2.3", Revision: "unavailable", GoVersion: "go1.26.8", Env: map[string]string{"OMP_NUM_THREADS": "1"}}
	want := [][]string{
		{"processor", "Example CPU 3000, microcode 0x2b"},
		{"cores", "2 logical cores, 1 physical core, SMT on"},
		{"clock", "governor performance, boost off"},
		{"memory", "8.6 GB"},
		{"system", "linux, debian 12, kernel 6.1.0"},
		{"container", "none"},
		{"limits", "memory limit 536.9 MB"},
		{"GPU 1", "Example GPU, driver 550.1"},
		{"acdeploy", "v1.2.3, built with go1.26.8"},
		{"variable OMP_NUM_THREADS", "1"},
	}
	if diff := cmp.Diff(want, titled(t, r.Page(), "Environment").Table.Rows); diff != "" {
		t.Error(diff)
	}
	if got := titled(t, r.Page(), "Libraries").Table.Rows; !cmp.Equal(got, [][]string{{"onnxruntime", "1.32.0", "/opt/lib/libonnxruntime.so", "444444444444"}}) {
		t.Errorf("libraries: %v", got)
	}
	settings := titled(t, r.Page(), "Settings").Table.Rows
	for _, row := range [][]string{{"seed of the measurement", "1"}, {"margin of equality", "±2 %"}, {"inputs of ort cpu, batch 1, 1 thread", "input 1×3×32×32; generated"}} {
		found := false
		for _, got := range settings {
			found = found || cmp.Equal(got, row)
		}
		if !found {
			t.Errorf("settings: %v, they lack %v", settings, row)
		}
	}
}

// TestRepeat names the command that made the report.
func TestRepeat(t *testing.T) {
	commands := func(r *reports.Report) string { return strings.Join(titled(t, r.Page(), "To repeat it").Items, "\n") }
	r := reporttest.Whole()
	r.Config = json.RawMessage(`{"report": "my report"}`)
	if got, want := commands(r), "acdeploy report 'my report' --as-config > repeat.yaml\nacdeploy run repeat.yaml --report 'my report-again'"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	r.Fuse, r.Settings[0].Provider = nil, "cuda"
	if got, want := commands(r), "acdeploy bench examples/resnet20/baseline.onnx acdeploy-report/fused.onnx --as-trained examples/resnet20/acnet.onnx --config repeat.yaml --provider cuda --report 'my report-again'"; !strings.HasSuffix(got, "\n"+want) {
		t.Errorf("%s, want %s", got, want)
	}
	r.Config = json.RawMessage("null")
	for _, s := range r.Page().Evidence {
		if s.Title == "To repeat it" {
			t.Errorf("without a configuration: %v", s.Items)
		}
	}
}
