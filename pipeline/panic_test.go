package pipeline

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
)

// panics is a pass with a mistake.
type panics struct{}

func (panics) Run(context.Context, *Rewriter) error { panic("index out of range") }

// TestReliability12Panic makes an error of one line, with the name of the pass, of a pass that panics. The trace says where.
func TestReliability12Panic(t *testing.T) {
	_, err := Run(t.Context(), chain(t, 2), []Step{{Name: "custom", Pass: panics{}}}, Options{})
	if want := "pass custom: it panicked: index out of range; this is a mistake of the pass"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	if p, ok := errors.AsType[*Panic](err); !ok || p.Value == nil || !strings.Contains(p.Trace, "panic_test.go:") {
		t.Errorf("the trace does not say where: %+v", p)
	}
}

// A pass that leaves a graph which cannot even be walked is named, too.
func TestGraphThatCannotBeWalked(t *testing.T) {
	breaks := does(func(_ context.Context, r *Rewriter) error {
		for n := range r.Graph().Nodes() {
			r.Rewrite(n.Label(), "broken", func() { n.SetAttr(graph.IntAttr("a", 1)); n.Attrs()[0] = nil })
			return nil
		}
		return nil
	})
	_, err := Run(t.Context(), chain(t, 2), []Step{{Name: "custom", Pass: breaks}}, Options{})
	if err == nil || !strings.HasPrefix(err.Error(), "pass custom left an invalid graph: it cannot be walked: ") {
		t.Errorf("got %v", err)
	}
}
