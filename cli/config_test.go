package cli

import "testing"

func TestAt(t *testing.T) {
	const text = `{"bench":{"units":12,"batch":[]},"model":""}`
	for key, want := range map[string]string{
		"bench.units": "12", "bench.batch": "[]", "model": `""`, "bench": `{"units":12,"batch":[]}`,
		"bench.blocks": "null", "model.x": "null", "gates.latency.margin": "null",
	} {
		if got := at([]byte(text), key); got != want {
			t.Errorf("%s: %s, want %s", key, got, want)
		}
	}
}
