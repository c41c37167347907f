package cli

import "testing"

func TestShownDefaults(t *testing.T) {
	for want, value := range map[string]any{"empty": "", "0": 0, "true": true, "cpu": "cpu"} {
		if got := shown(value); got != want {
			t.Errorf("%v: %q", value, got)
		}
	}
	if got := shown(map[string]string{}); got != "empty" {
		t.Errorf("an empty map: %q", got)
	}
}
