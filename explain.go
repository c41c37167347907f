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

// explain tells how far an engine is from the truth with each file, which is what float64 gives for that very file. Outputs in which
// the engine tells the files apart are judged by it. Where float64 cannot run the files, what the engine makes of the original in
// other ways that are as good tells how far it is off.
func (c *comparison) explain(ctx context.Context, check *verify.Check, pair verify.Pair, b Backend, tuning backends.Tuning) error {
	if check.Equal() {
		truth, err := c.someTruth()
		if err == nil && truth[0] != nil {
			check.Measure(0, truth)
		}
		return ctx.Err()
	}
	if c.settings.Options.Tolerance != 0 {
		return nil // the user says how far the answers may be apart
	}
	truth, err := c.truth()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err == nil {
		return pair.CompareWithTruth(ctx, check, c.inputs, truth)
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
	err = c.storedModels(func(k int, m *graph.Model) (err error) {
		answers[k], err = c.run64(ctx, m, c.inputs)
		return err
	})
	return answers, err
}

// exactRun is what ran in float64.
type exactRun struct {
	inputs  []tensor.Map
	answers [2][]tensor.Map // of both models as they are in memory
}

// someExactAnswers are those to the first input, or to its first image. The first model ran in float64 as it is stored, and so did a second
// one that the passes do not make; of one that they make, the weights ran unrounded. They are nil where float64 did not run the models.
func (c *comparison) someExactAnswers(ctx context.Context) (answers [2]tensor.Map, err error) {
	ran := c.exact.answers
	if len(ran[0]) == 0 {
		return answers, nil
	}
	answers = [2]tensor.Map{ran[0][0], ran[1][0]}
	if !c.pair.algebra || c.algebra.Regions == 0 {
		return answers, nil
	}
	c.observe.progress(StageVerify, exactParts, c.total(), "in float64, as it is stored")
	err = c.storedModels(func(k int, m *graph.Model) error {
		if k == 0 {
			return nil
		}
		stored, err := c.run64(ctx, m, []tensor.Map{firstOf(c.exact.inputs[0], c.pair.before.Inputs)})
		if err == nil {
			answers = [2]tensor.Map{verify.FirstRows(answers[0], stored[0]), stored[0]}
		}
		return err
	})
	return answers, err
}

// run64 runs a model in float64.
func (c *comparison) run64(ctx context.Context, m *graph.Model, inputs []tensor.Map) (answers []tensor.Map, err error) {
	s, err := c.tools.Exact(m)
	if err != nil {
		return nil, err
	}
	for _, in := range inputs {
		out, err := s.RunFloat64(ctx, in)
		if err != nil {
			return nil, errors.Join(err, s.Close())
		}
		answers = append(answers, out)
	}
	return answers, s.Close()
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
