// Package acdeploy turns a trained ACNet back into the plain architecture it was grown from, proves that
// the answers did not change, and measures that the latency matches the unmodified baseline.
//
// [Run] tells the whole story. Its stages are functions of their own, each with a type of its own, so
// that a wrong order does not compile: [Load] gives a [Source], [Source.Fuse] a [Fused], [Fused.Save] a
// [Saved], [Toolbox.Verify] and [Toolbox.Bench] take what was saved, and package reports keeps it all.
package acdeploy

import (
	"context"
	"errors"

	"github.com/acdeploy/acdeploy/configs"
	"github.com/acdeploy/acdeploy/reports"
)

// Run does the main job: load, rewrite, save, verify, measure, report. The report holds whatever was done,
// also beside an error, and is then in its directory too. Errors match [ErrUsage], [ErrDiffer],
// [ErrMissing], [ErrInvalid], [ErrGate] or the context's; several may be joined.
func Run(ctx context.Context, cfg configs.Config, tools Toolbox, watch Observer) (report *reports.Report, err error) {
	plan, err := tools.plan(cfg)
	if err != nil {
		return nil, err
	}
	watch.begin(StageLoad)
	models, err := plan.open()
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, models.close()) }()
	unlock, err := reports.Lock(cfg.Report)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	done := &record{cfg: cfg}
	defer func() {
		if done.fused == nil {
			return
		}
		kept, failed := done.keep(watch)
		if failed == nil && done.measured != nil {
			failed = done.measured.Discard()
		}
		report, err = kept, errors.Join(err, failed)
	}()

	watch.begin(StageFuse)
	fused, err := Fuse(ctx, models.trained, plan.steps, plan.fuse)
	if err != nil {
		return nil, err
	}
	saved, err := fused.Save(ctx, plan.output)
	if err != nil {
		return nil, err
	}
	if models.fused, err = saved.file.Open(); err != nil {
		return nil, err
	}
	done.fused = saved.Document()
	watch.end(StageFuse, Describe(done.fused))

	if done.verified, err = tools.Verify(ctx, saved.Pair(), plan.verify, watch); err != nil {
		return nil, err
	}
	if done.measured, err = tools.Bench(ctx, models.arms(), plan.bench, watch); err != nil {
		return nil, err
	}
	return nil, errors.Join(done.verified.Judge(), done.measured.Judge(cfg.Gates))
}
