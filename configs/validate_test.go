package configs_test

import (
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/configs"
)

func TestGatesThatMakeNoSenseAreRefused(t *testing.T) {
	for text, want := range map[string]string{
		"{speedup_min: -1}":           "speedup_min must lie between",
		"{speedup_min: fast}":         "want a number",
		"{p99_max_degradation: -5%}":  "p99_max_degradation must lie between",
		"{p99_max_degradation: much}": "not a ratio",
		"{speedup: 2}":                "unknown field",
	} {
		_, err := configs.Parse("test.yaml", []byte("gates: "+text), known())
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", text, err)
		}
	}
}
