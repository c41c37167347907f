package bisect

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/zoo"
	"github.com/acdeploy/acdeploy/passes"
	"github.com/acdeploy/acdeploy/pipeline"
	"github.com/acdeploy/acdeploy/tensor"
)

// wrong makes a Sqrt of the so-manieth Relu that it meets, or fails there.
type wrong struct {
	at    int
	fault error
	panic bool
}

func (w wrong) Run(_ context.Context, r *pipeline.Rewriter) error {
	seen := 0
	for n := range r.Graph().Nodes() {
		if n.OpType != "Relu" && n.OpType != "Sqrt" {
			continue
		}
		if seen++; seen != w.at || n.Is("Sqrt") {
			continue
		}
		if w.panic {
			panic("at " + n.Label())
		}
		if w.fault != nil {
			return w.fault
		}
		r.Rewrite(n.Label(), "spoilt", func() { n.OpType = "Sqrt"; n.RemoveAttr("none") })
	}
	return nil
}

// search looks for a bad rewrite in a network.
func search(t *testing.T, bad pipeline.Pass) *Search {
	t.Helper()
	n, err := zoo.Find("cifar_quick")
	if err != nil {
		t.Fatal(err)
	}
	return &Search{
		Model: n.Build(zoo.Form{Branched: true}),
		Steps: func() (steps []pipeline.Step, err error) {
			for _, e := range passes.Catalog().Default() {
				steps = append(steps, pipeline.Step{Name: e.Name, Pass: e.New()})
				if e.Name == "fold_batchnorm" && bad != nil {
					steps = append(steps, pipeline.Step{Name: "wrong", Pass: bad})
				}
			}
			return steps, nil
		},
		Tests:  []Test{func(context.Context, *graph.Model, *graph.Model, []*graph.Model) (bool, error) { return false, nil }, hasSqrt},
		Inputs: tensor.Map{"input": tensor.Of([]int64{1, 3, 32, 32}, make([]float32, 3*32*32)...)},
	}
}

func hasSqrt(_ context.Context, original, made *graph.Model, _ []*graph.Model) (bool, error) {
	for n := range made.Graph.Nodes() {
		if n.Is("Sqrt") {
			return true, nil
		}
	}
	return false, nil
}

func TestSearch(t *testing.T) {
	for at := 1; at <= 3; at++ {
		f, err := search(t, wrong{at: at}).Run(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if f.Pass != "wrong" || f.Detail != "spoilt" || f.Number < 2 || f.Of <= f.Number || f.Whole || f.Fault != nil {
			t.Errorf("got %+v", f)
		}
		for _, part := range []*graph.Model{f.Before, f.After} { // both for the sizes of the inputs
			for _, v := range append(part.Graph.Inputs(), part.Graph.Outputs()...) {
				if !strings.HasPrefix(v.Type().String(), "float[1,") {
					t.Errorf("%s is %s", v.Name(), v.Type())
				}
			}
		}
		if n := f.Before.Graph.Len(); n != 1 {
			t.Errorf("%d nodes before", n)
		}
		for n := range f.Before.Graph.Nodes() {
			if !n.Is("Relu") || n.Label() != f.Node {
				t.Errorf("before: %s", n.Label())
			}
		}
		for n := range f.After.Graph.Nodes() {
			if !n.Is("Sqrt") {
				t.Errorf("after: %s", n.Label())
			}
		}
		// The pass takes one Relu after another, so that the extract of a later one needs those before it.
		if n := f.Extract.Graph.Len(); n < at || n > at+5 {
			t.Errorf("the extract has %d nodes", n)
		}
	}
}

func TestSearchFindsNothing(t *testing.T) {
	_, err := search(t, nil).Run(t.Context())
	if nothing, ok := errors.AsType[*Nothing](err); !ok || nothing.Rewrites < 9 {
		t.Errorf("got %v", err)
	}
}

func TestSearchOfABadModel(t *testing.T) {
	s := search(t, nil)
	s.Tests = []Test{func(context.Context, *graph.Model, *graph.Model, []*graph.Model) (bool, error) { return true, nil }}
	if _, err := s.Run(t.Context()); err == nil || !strings.Contains(err.Error(), "bad before any rewrite") {
		t.Errorf("got %v", err)
	}
	failure := errors.New("no such program")
	s.Tests = []Test{func(context.Context, *graph.Model, *graph.Model, []*graph.Model) (bool, error) { return true, failure }}
	if _, err := s.Run(t.Context()); !errors.Is(err, failure) {
		t.Errorf("got %v", err)
	}
}

func TestFirstBad(t *testing.T) {
	for last := 1; last < 20; last++ {
		for want := 1; want <= last; want++ {
			asked := 0
			got, err := firstBad(0, last, func(n int) (bool, error) { asked++; return n >= want, nil })
			if err != nil || got != want || asked > 5 {
				t.Errorf("got %d of %d, want %d, after %d questions", got, last, want, asked)
			}
		}
	}
	if _, err := firstBad(0, 9, func(int) (bool, error) { return false, fmt.Errorf("no") }); err == nil {
		t.Error("no error")
	}
}
