package acdeploy

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"path/filepath"
	"slices"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/osfile"
	"github.com/acdeploy/acdeploy/model"
	"github.com/acdeploy/acdeploy/tensor"
	"github.com/acdeploy/acdeploy/verify"
)

// copies are changed copies of the two models of a comparison, and how to run them.
type copies struct {
	models [2]*graph.Model
	open   func(ctx context.Context, k int, m *graph.Model) (backends.Session, error)
	close  []func() error
}

// Close ends all sessions and removes what was written.
func (s *copies) Close() error {
	var errs []error
	for _, end := range slices.Backward(s.close) {
		errs = append(errs, end())
	}
	return errors.Join(errs...)
}

// session opens a copy of a model. It ends with the copies.
func (s *copies) session(ctx context.Context, k int, m *graph.Model) (backends.Session, error) {
	opened, err := s.open(ctx, k, m)
	if err == nil {
		s.close = append(s.close, opened.Close)
	}
	return opened, err
}

// exactCopies run in float64.
func (c *comparison) exactCopies(models [2]*graph.Model) *copies {
	return &copies{models: models, open: func(_ context.Context, _ int, m *graph.Model) (backends.Session, error) {
		s, err := c.tools.Exact(m)
		if err != nil {
			return nil, err
		}
		return exactSession{s}, nil
	}}
}

// exactSession runs in float64.
type exactSession struct{ verify.Exact }

// Run implements [backends.Session].
func (s exactSession) Run(ctx context.Context, in tensor.Map) (tensor.Map, error) {
	return s.RunFloat64(ctx, in)
}

// engineCopies run on an engine. They are written to a folder of their own.
func (c *comparison) engineCopies(b Backend, tuning backends.Tuning) (*copies, error) {
	folder, remove, err := osfile.MakeScratch("verify")
	if err != nil {
		return nil, fmt.Errorf("write a copy of a model: %w", err)
	}
	s := &copies{close: []func() error{remove}}
	var files [2]*model.File
	for k, m := range []backends.Model{c.pair.before, c.pair.after} {
		if files[k], err = model.Open(m.Path); err != nil {
			return nil, errors.Join(err, s.Close())
		}
		s.models[k] = files[k].Model()
		s.close = append(s.close, files[k].Close)
	}
	s.open = func(ctx context.Context, k int, m *graph.Model) (backends.Session, error) {
		path := filepath.Join(folder, fmt.Sprintf("%d.onnx", len(s.close)))
		if _, err := files[k].Save(ctx, path, m); err != nil {
			return nil, err
		}
		return b.Open(ctx, declared(path, model.SignatureOf(m)), tuning)
	}
	return s, nil
}

// samples are what a check ran over.
type samples struct {
	inputs  iter.Seq2[tensor.Map, error]
	compare func(pair verify.Pair) (verify.Check, error) // over the inputs
}

// generated are inputs that were made.
func generated(ctx context.Context, inputs []tensor.Map) samples {
	return samples{
		inputs: func(yield func(tensor.Map, error) bool) {
			for _, in := range inputs {
				if !yield(in, nil) {
					return
				}
			}
		},
		compare: func(pair verify.Pair) (verify.Check, error) { return pair.Compare(ctx, inputs) },
	}
}

// ofData are the user's samples.
func (c *comparison) ofData(ctx context.Context) samples {
	return samples{
		inputs: func(yield func(tensor.Map, error) bool) {
			for batch, err := range c.data.Batches() {
				if !yield(batch.Inputs, err) {
					return
				}
			}
		},
		compare: func(pair verify.Pair) (verify.Check, error) {
			check, _, err := pair.CompareData(ctx, c.data)
			return check, err
		},
	}
}

// decided judges outputs that are not equal by the decisions that lead to them: where two numbers nearly tie, rounding makes
// another decision. What cannot be run so stays as it is.
func (c *comparison) decided(ctx context.Context, check *verify.Check, pair verify.Pair, t tensor.Type, s *copies, over samples) error {
	d := verify.FindDecisions(c.pair.original, c.pair.fused, c.origin)
	c.warnOfHidden(check.Backend, d.Hide(check))
	if check.Equal() || !d.Any() {
		return nil
	}
	var asked, told [2]backends.Session
	for k, m := range s.models {
		var err error
		if asked[k], err = s.session(ctx, k, d.Asked(k, m)); err == nil {
			told[k], err = s.session(ctx, k, d.Told(k, m))
		}
		if err != nil {
			return ctx.Err()
		}
	}
	pair.Outputs = d.Specs(pair.Outputs)
	pair.Before, pair.After = verify.Give(asked[0], told[0]), verify.Give(asked[0], told[1])
	again, err := over.compare(pair)
	if err != nil {
		return ctx.Err()
	}
	if d.Hide(&again); !again.Equal() {
		c.allowTold(ctx, &again, pair, t, d, asked[0])
	}
	flips, err := verify.Flips(ctx, asked[0], asked[1], over.inputs)
	if err != nil {
		return ctx.Err()
	}
	check.Decided(again, flips)
	return nil
}

// decidedOn does so on an engine.
func (c *comparison) decidedOn(ctx context.Context, check *verify.Check, pair verify.Pair, t tensor.Type, b Backend, tuning backends.Tuning, over samples) error {
	if check.Equal() {
		return nil
	}
	s, err := c.engineCopies(b, tuning)
	if err != nil {
		return err
	}
	return errors.Join(c.decided(ctx, check, pair, t, s, over), s.Close())
}

// decidedExactly does so in float64.
func (c *comparison) decidedExactly(ctx context.Context, check *verify.Check, pair verify.Pair, over samples) error {
	if check.Equal() {
		return nil
	}
	s := c.exactCopies([2]*graph.Model{c.pair.original, c.pair.fused})
	return errors.Join(c.decided(ctx, check, pair, c.coarsest, s, over), s.Close())
}

// allowTold judges what models answer that are given decisions, as their own answers are judged.
func (c *comparison) allowTold(ctx context.Context, check *verify.Check, pair verify.Pair, t tensor.Type, d verify.Decisions, asked backends.Session) {
	if truth, err := c.exactlyTold(ctx, d, asked); err == nil && pair.Tolerance != verify.AlgebraTolerance {
		if err := pair.CompareWithTruth(ctx, check, c.inputs, truth); err != nil {
			return
		}
	}
	open := func(m *graph.Model) (verify.Exact, error) {
		s, err := c.tools.Exact(m)
		return toldExact{s, asked}, err
	}
	c.allowBy(check, pair, t, verify.Conditions(ctx, d.Told(0, c.pair.original), open, c.inputs, pair.Outputs))
}

// toldExact runs in float64 with decisions that somebody else makes.
type toldExact struct {
	verify.Exact
	asked backends.Session
}

// RunFloat64 implements [verify.Exact].
func (e toldExact) RunFloat64(ctx context.Context, in tensor.Map) (tensor.Map, error) {
	return verify.Give(e.asked, exactSession{e.Exact})(ctx, in)
}

// exactlyTold is what both files answer in float64 when they are given the decisions that the first makes on an engine.
func (c *comparison) exactlyTold(ctx context.Context, d verify.Decisions, asked backends.Session) (answers [2][]tensor.Map, err error) {
	err = c.storedModels(func(k int, m *graph.Model) error {
		s, err := c.tools.Exact(d.Told(k, m))
		if err != nil {
			return err
		}
		told := toldExact{s, asked}
		for _, in := range c.inputs {
			out, err := told.RunFloat64(ctx, in)
			if err != nil {
				return errors.Join(err, s.Close())
			}
			answers[k] = append(answers[k], out)
		}
		return s.Close()
	})
	return answers, err
}
