package acdeploy_test

import (
	"encoding/json"
	"testing"

	"github.com/acdeploy/acdeploy/bench"
)

// The models of a worker run in turns: with more than one thread each, the idle ones must not spin, unless
// the user asked for that.
func TestIdleThreadsDoNotSpin(t *testing.T) {
	const key = "session.force_spinning_stop"
	for name, c := range map[string]struct {
		threads int
		options string
		want    string
	}{
		"one thread":     {1, `{}`, ""},
		"two threads":    {2, `{"session": {"session.intra_op.allow_spinning": "1"}}`, key + "=1"},
		"user's setting": {2, `{"session": {"` + key + `": "0"}}`, key + "=0"},
	} {
		t.Run(name, func(t *testing.T) {
			spec := bench.BackendSpec{Name: "ort", Options: json.RawMessage(c.options), Threads: c.threads}
			b, err := toolbox().OpenSpec(t.Context(), spec)
			if err != nil {
				t.Fatal(err)
			}
			if got := b.Describe().Idle; got != c.want {
				t.Errorf("idle threads: %q, want %q", got, c.want)
			}
		})
	}
	if _, err := toolbox().OpenSpec(t.Context(), bench.BackendSpec{Name: "reference", Threads: 2}); err != nil {
		t.Errorf("a backend that shares nothing: %v", err)
	}
}
