package acdeploy

import (
	"context"
	"errors"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/model"
	"github.com/acdeploy/acdeploy/tensor"
	"github.com/acdeploy/acdeploy/verify"
)

// explain judges again the outputs in which an engine tells the two files apart: by how far it is from the truth with each.
// The truth is what float64 gives for that very file. Where float64 cannot run the files, what the engine makes of the
// original in other ways that are as good tells how far it is off.
func (c *comparison) explain(ctx context.Context, check *verify.Check, pair verify.Pair, b Backend, tuning backends.Tuning) error {
	truth, err := c.truth()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err == nil {
		return pair.ExplainByTruth(ctx, check, c.inputs, truth)
	}
	other := backends.Tuning{Optimization: backends.Unoptimized}
	if tuning.Optimization != "" {
		other = backends.Tuning{}
	}
	spread := []verify.Other{{Session: pair.Before, Nudge: true}}
	if _, able, _ := backends.TuneIfAble(b.Backend, other); able {
		again, err := b.Open(ctx, c.pair.before, other)
		if err != nil {
			return err
		}
		defer func() { _ = again.Close() }()
		spread = append(spread, verify.Other{Session: again})
	}
	return pair.ExplainBySpread(ctx, check, c.inputs, spread)
}

// exactAnswers runs both files in float64, weights as they are stored.
func (c *comparison) exactAnswers(ctx context.Context) (answers [2][]tensor.Map, err error) {
	err = c.storedModels(func(k int, m *graph.Model) error {
		s, err := c.tools.Exact(m)
		if err != nil {
			return err
		}
		for _, in := range c.inputs {
			out, err := s.RunFloat64(ctx, in)
			if err != nil {
				return errors.Join(err, s.Close())
			}
			answers[k] = append(answers[k], out)
		}
		return s.Close()
	})
	return answers, err
}

// storedModels are both models with their weights as they are stored.
func (c *comparison) storedModels(use func(k int, m *graph.Model) error) (err error) {
	second, err := model.Open(c.pair.after.Path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, second.Close()) }()
	for k, m := range []*graph.Model{c.pair.original, second.Model()} {
		if err := use(k, m); err != nil {
			return err
		}
	}
	return nil
}
