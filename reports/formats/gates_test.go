package formats

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/reports"
)

// TestGatesOf reads the gates of a report from its configuration, and takes none for granted.
func TestGatesOf(t *testing.T) {
	for config, want := range map[string]string{
		"null": "latency?",
		`{"gates": {"latency": {"require": "faster"}}}`:                                                  "latency",
		`{"gates": {"latency": {"require": "nothing"}, "speedup_min": 1.5, "later": 1}}`:                 "latency? speedup_min",
		`{"gates": {"latency": {"require": "equivalent", "margin": 0.02}, "p99_max_degradation": 0.05}}`: "latency p99_max_degradation",
		`{"gates": 1}`: "latency?",
	} {
		var names []string
		for _, g := range gatesOf(&reports.Report{Config: json.RawMessage(config)}) {
			if g.none {
				g.name += "?"
			}
			names = append(names, g.name)
		}
		if got := strings.Join(names, " "); got != want {
			t.Errorf("%s has %s, want %s", config, got, want)
		}
	}
}
