package main

import (
	"context"
	"errors"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/acdeploy/acdeploy/internal/mutant"
	"github.com/acdeploy/acdeploy/pipeline"
	"github.com/acdeploy/acdeploy/tensor"
)

// TestFuzzNoticesWrongAnswers has a pass change weights, or take away what the model needs.
func TestFuzzNoticesWrongAnswers(t *testing.T) {
	done := false
	for want, wrong := range map[string]func(r *pipeline.Rewriter){
		"the answers differ": func(r *pipeline.Rewriter) {
			if fault, ok := mutant.Draw(r.Graph(), mutant.Layer, 0.01, rand.New(rand.NewPCG(1, 1))); ok {
				r.Rewrite("w", "a fault", fault.Apply)
			}
		},
		"but not the fused one": func(r *pipeline.Rewriter) {
			for n := range r.Graph().Nodes() {
				if n.Is("Conv") {
					r.Rewrite("c", "a fault", func() { n.OpType = "Absent"; n.Domain = "absent" })
				}
			}
		},
		"the engine runs it, and it is refused": nil,
	} {
		t.Run(want, func(t *testing.T) {
			f := fuzzOf(t, true)
			f.steps = []pipeline.Step{{Name: "wrong", Pass: passOf(func(_ context.Context, r *pipeline.Rewriter) error {
				switch {
				case wrong == nil:
					return errWrong
				case !done:
					wrong(r)
					done = true
				}
				return nil
			})}}
			for k := 0; len(f.tally.failures) == 0 && k < 40; k++ {
				done = false
				if err := f.run(t.Context(), k, 1, time.Time{}); err != nil {
					t.Fatal(err)
				}
			}
			if len(f.tally.failures) == 0 || !strings.Contains(f.tally.failures[0], want) {
				t.Errorf("%q", f.tally.failures)
			}
		})
	}
}

var errWrong = errors.New("it is wrong")

// Open dimensions are small, and an input that would be large is left out.
func TestFuzzInputs(t *testing.T) {
	open := func(param string) tensor.Dim { return tensor.Dim{Size: -1, Param: param} }
	fixed := func(n int64) tensor.Dim { return tensor.Dim{Size: n} }
	specs := []tensor.Spec{{Name: "x", Type: tensor.Float32, Ranked: true, Shape: []tensor.Dim{open("N"), fixed(3), open(""), open("W")}}}
	inputs, err := fuzzInputs(specs)
	if err != nil || len(inputs) != 2 {
		t.Fatal(inputs, err)
	}
	if got := tensor.FormatShape(inputs[0]["x"].Shape()); got != "2,3,8,8" {
		t.Error(got)
	}
	specs[0].Shape[1] = fixed(1 << 40)
	if _, err := fuzzInputs(specs); err == nil {
		t.Error("a large input was made")
	}
}
