package configs_test

import (
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/configs"
)

func TestDoc(t *testing.T) {
	for key, want := range map[string]string{
		"bench.duration":        "approximate duration of a comparison (default 1m)",
		"bench.units":           "number of fresh processes, 2 to 10000; fewer than 10 give no verdict (default 12)",
		"bench.margin":          "such as 2% or 0.02, below 1 (default 2%)",
		"bench.streams":         "up to 1024; 0 does not measure it",
		"bench.pin":             "than the process has threads (default true)",
		"bench.batch":           "batch sizes, for models that leave their batch open; none means 1",
		"bench.backends":        "(default ort)",
		"verify.data.images":    "(default images)",
		"gates.latency.require": "(default equivalent)",
		"disable":               "passes to leave out",
	} {
		if got := configs.Doc(key); !strings.HasSuffix(got, want) {
			t.Errorf("%s: %q, want %q", key, got, want)
		}
	}
	for _, key := range []string{"", "bench.unitz", "model.x"} {
		if got := configs.Doc(key); got != "" {
			t.Errorf("%q: %q", key, got)
		}
	}
	for _, key := range configs.Keys() {
		if configs.Doc(key) == "" {
			t.Errorf("%s says nothing", key)
		}
	}
}
