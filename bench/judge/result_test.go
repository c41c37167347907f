package judge

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/acdeploy/acdeploy/bench/internal/lab"
)

// The names are what other programs rely on.
func TestJSON(t *testing.T) {
	j := lab.Job("fused")
	j.Options.Units = 2
	data, err := json.Marshal(measure(t, lab.Quiet(), j))
	if err != nil {
		t.Fatal(err)
	}
	var doc map[string]any
	if err := json.Unmarshal(data, &doc); err != nil {
		t.Fatal(err)
	}
	has := func(where string, value any, keys ...string) {
		t.Helper()
		object, ok := value.(map[string]any)
		for _, k := range keys {
			if _, found := object[k]; !ok || !found {
				t.Errorf("%s has no %q", where, k)
			}
		}
	}
	if !bytes.HasPrefix(data, []byte(`{"schema":"acdeploy.bench/v1"`)) {
		t.Errorf("the document begins with %.60s", data)
	}
	has("document", doc, "comparisons", "arms", "gates", "host", "skipped")
	has("comparison", doc["comparisons"].([]any)[0], "backend", "provider", "batch", "threads", "shapes", "baseline",
		"candidate", "ratio", "ci", "margin", "delta_star", "p", "verdict", "reason")
	arm := doc["arms"].([]any)[0]
	has("arm", arm, "backend", "role", "units")
	units := arm.(map[string]any)["units"].([]any)
	has("unit of an arm", units[0], "unit", "blocks")
	has("block of an arm", units[0].(map[string]any)["blocks"].([]any)[0], "nanoseconds", "cpu")
	for _, list := range []string{"skipped", "gates", "settings", "units"} {
		if _, ok := doc[list].([]any); !ok {
			t.Errorf("%s is %v, want a list", list, doc[list])
		}
	}
}
