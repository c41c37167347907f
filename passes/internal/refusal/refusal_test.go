package refusal_test

import (
	"testing"

	"github.com/acdeploy/acdeploy/passes/internal/refusal"
)

func TestNew(t *testing.T) {
	got := refusal.New(refusal.Border, "%q has %d pads", "conv", 3)
	if got.Reason != "border" || got.Detail != `"conv" has 3 pads` {
		t.Errorf("got %+v", got)
	}
}
