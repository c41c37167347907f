// Package acdeploy turns a trained ACNet back into the plain architecture it was grown from, proves that
// the answers did not change, and measures that the latency matches the unmodified baseline.
//
// [Run] tells the whole story:
//
//	configuration ──NewJob──▶ Job
//	model file    ──Fuse────▶ Fused ──Save──▶ Saved ──Verify──▶ Verification ──Bench──▶ Measurement ──▶ report
//
// Each stage has a type of its own, so that a wrong order does not compile. Package model opens the files, and
// package reports keeps what was found.
package acdeploy

import (
	"context"
	"errors"

	"github.com/acdeploy/acdeploy/configs"
	"github.com/acdeploy/acdeploy/reports"
)

// Run does the main job: open, rewrite, save, verify, measure, report. The report holds whatever was done,
// also with an error, and is then in its directory too. Errors match [ErrUsage], [ErrDiffer],
// [ErrMissing], [ErrInvalid], [ErrGate] or the context's; several may be joined.
func Run(ctx context.Context, cfg configs.Config, tools Toolbox, settings Settings, observe Observer) (report *reports.Report, err error) {
	job, err := NewJob(cfg, tools, settings)
	if err != nil {
		return nil, err
	}
	observe.begin(StageLoad)
	models, err := job.open()
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, models.close()) }()
	unlock, err := reports.Lock(cfg.Report)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, unlock()) }()

	saved, err := job.fuse(ctx, models, observe)
	if err != nil {
		return nil, err
	}
	found := findings{fused: saved.Document()}
	err = found.compare(ctx, job, saved.Pair(), models.arms(), observe)
	report, failed := job.report(found, observe)
	return report, errors.Join(err, failed)
}

// compare verifies that the answers are the same, and if they could be compared measures the latency.
func (f *findings) compare(ctx context.Context, job *Job, pair *Pair, arms Arms, observe Observer) (err error) {
	if f.verified, err = job.Verify(ctx, pair, observe); err != nil {
		return err
	}
	if f.measured, err = job.Bench(ctx, arms, reports.UnitsPath(job.cfg.Report), observe); err != nil {
		return err
	}
	return errors.Join(f.verified.Judge(), f.measured.Judge(job.cfg.Gates))
}
