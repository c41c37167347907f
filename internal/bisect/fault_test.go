package bisect

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/acdeploy/acdeploy/passes"
	"github.com/acdeploy/acdeploy/pipeline"
)

// does is a pass of one function.
type does func(ctx context.Context, r *pipeline.Rewriter) error

func (d does) Run(ctx context.Context, r *pipeline.Rewriter) error { return d(ctx, r) }

// among puts a pass before all others, or after the passes that fold.
func among(t *testing.T, first bool, bad pipeline.Pass) *Search {
	t.Helper()
	s := search(t, nil)
	s.Steps = func() (steps []pipeline.Step, err error) {
		for _, e := range passes.Catalog().Default() {
			if first == (len(steps) == 0) && (first || e.Name == "remove_unused") {
				steps = append(steps, pipeline.Step{Name: "wrong", Pass: bad})
			}
			steps = append(steps, pipeline.Step{Name: e.Name, Pass: e.New()})
		}
		return steps, nil
	}
	return s
}

// A pass that fails by itself is the culprit, wherever it stands, and no rewrite of another pass is.
func TestSearchFindsAFault(t *testing.T) {
	for _, pass := range []pipeline.Pass{wrong{at: 1, fault: errors.New("no luck")}, wrong{at: 1, panic: true}} {
		for _, first := range []bool{true, false} {
			f, err := among(t, first, pass).Run(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if f.Fault == nil || f.Pass != "wrong" || f.Number != 0 || (f.Of == 0) != first || f.Node != "" || f.Before != nil || f.After != nil || f.Whole {
				t.Errorf("first %t: got %+v", first, f)
			}
			if n := f.Extract.Graph.Len(); n != 1 {
				t.Errorf("first %t: the extract has %d nodes", first, n)
			}
		}
	}
}

// A pass whose rewrite leaves no sound graph is found with that rewrite.
func TestSearchFindsTheRewriteThatIsNotSound(t *testing.T) {
	breaks := does(func(_ context.Context, r *pipeline.Rewriter) error {
		seen := 0
		for n := range r.Graph().Nodes() {
			if !n.Is("Relu") {
				continue
			}
			if seen++; !r.Rewrite(n.Label(), "seen", func() {
				if seen == 2 {
					n.OpType = ""
				}
			}) {
				return nil
			}
		}
		return nil
	})
	f, err := among(t, false, breaks).Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if f.Fault == nil || !strings.Contains(f.Fault.Error(), "invalid graph") || f.Pass != "wrong" || f.Detail != "seen" || f.Number < 3 || f.Of <= f.Number || f.Whole {
		t.Errorf("got %+v", f)
	}
}

// A pass that goes over a limit is run once: it may still run. The extract is the whole model.
func TestSearchOfAPassWithoutEnd(t *testing.T) {
	runs := 0
	s := among(t, true, does(func(ctx context.Context, _ *pipeline.Rewriter) error { runs++; <-ctx.Done(); return ctx.Err() }))
	s.Limits.PassTimeout = 50 * time.Millisecond
	f, err := s.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if f.Pass != "wrong" || f.Number != 0 || f.Extract != s.Model || f.Whole || runs != 1 {
		t.Errorf("after %d runs: got %+v", runs, f)
	}
}

// A pass that wants what the passes before it make does not fail for the search, which stops them early.
func TestSearchAmongPassesThatBuildOnEachOther(t *testing.T) {
	s := among(t, true, wrong{at: 2})
	before := s.Steps
	s.Steps = func() ([]pipeline.Step, error) {
		steps, err := before()
		return append(steps, pipeline.Step{Name: "picky", Pass: does(func(_ context.Context, r *pipeline.Rewriter) error {
			for n := range r.Graph().Nodes() {
				if n.Is("BatchNormalization") {
					return errors.New("there is one left")
				}
			}
			return nil
		})}), err
	}
	f, err := s.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if f.Pass != "wrong" || f.Number != 1 || f.Fault != nil {
		t.Errorf("got %+v", f)
	}
}
