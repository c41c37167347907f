package refusal_test

import (
	"testing"

	"github.com/acdeploy/acdeploy/internal/op"
	"github.com/acdeploy/acdeploy/passes/internal/refusal"
)

func TestNew(t *testing.T) {
	got := refusal.New(refusal.Border, "%q has %d pads", "conv", 3)
	if got.Reason != "border" || got.Detail != `"conv" has 3 pads` {
		t.Errorf("got %+v", got)
	}
}

func TestOf(t *testing.T) {
	for kind, want := range map[op.Kind]string{op.Computed: "not_constant", op.Padding: "padding_mode", op.Invalid: "unsupported"} {
		if got := refusal.Of(&op.Error{Kind: kind, Text: "why"}); got.Reason != want || got.Detail != "why; the model is invalid, export it again" {
			t.Errorf("kind %d is %+v, want %s", kind, got, want)
		}
	}
	if got := refusal.Of(&op.Error{Text: "why; do this"}); got.Detail != "why; do this" {
		t.Errorf("what to do became %q", got.Detail)
	}
}
