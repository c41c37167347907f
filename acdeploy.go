// Package acdeploy turns a trained ACNet back into the plain network that it was derived from, proves that
// the answers did not change, and measures that the latency matches the unmodified baseline.
//
// [Run] tells the whole story:
//
//	configuration ──NewJob──▶ Job
//	model file    ──Fuse────▶ Fused ──Stage──▶ Staged ──Verify──▶ Saved ──Bench──▶ Measurement ──▶ report
//
// A file gets its name only after its answers were verified, and only then is it measured. Each stage has a type of its own, so that a wrong order does not compile. Package model opens the files, and
// package reports keeps what was found.
package acdeploy

import (
	"context"
	"errors"
	"path/filepath"

	"github.com/acdeploy/acdeploy/configs"
	"github.com/acdeploy/acdeploy/internal/osfile"
	"github.com/acdeploy/acdeploy/reports"
)

// Run does the main job: open, rewrite, verify, save, measure, report. The report holds whatever was done and the
// outcome, also with an error, and is then in its directory too. It is nil where nothing could be begun. Errors match
// [ErrUsage], [ErrDiffer], [ErrMissing], [ErrInvalid], [ErrGate] or the context's; several may be joined.
func Run(ctx context.Context, cfg configs.Config, tools Toolbox, settings Settings, observe Observer) (*reports.Report, error) {
	cfg = cfg.ForRun()
	job, err := NewJob(cfg, tools, settings)
	if err != nil {
		return nil, tools.Refuse(cfg, err)
	}
	if err := job.resumable(); err != nil {
		return nil, err
	}
	return job.keep(ctx, observe, func(f *findings) error { return f.run(ctx, job, observe) })
}

// keep does work, and keeps what it found in the folder of the report, which nobody else has meanwhile.
func (j *Job) keep(ctx context.Context, observe Observer, work func(*findings) error) (report *reports.Report, err error) {
	made := osfile.MissingFolders(j.cfg.Report, filepath.Dir(j.output))
	defer osfile.RemoveEmpty(made) // such as where a full disk kept everything from being written
	folder, err := reports.ClaimOn(ctx, j.cfg.Report)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, folder.Release()) }()
	if err := folder.Forget(j.tools.Formats, j.cfg.Reports); err != nil {
		return nil, err
	}

	found := findings{save: func(f findings) error { return j.saveUnfinished(folder, f) }}
	err = work(&found)
	if err != nil && ctx.Err() != nil {
		err = errors.Join(context.Cause(ctx), err)
		if found.empty() && !folder.Replaces() {
			return nil, err // nothing was done, and nothing is there that could be taken for its report
		}
	}
	report, failed := j.report(folder, found, err, observe)
	if err == nil && failed == nil && found.fused != nil {
		if err = j.release(ctx, report, observe); err != nil { // which the report has to tell
			report, failed = j.report(folder, found, err, nil)
		}
	}
	if err != nil && failed != nil && err.Error() == failed.Error() {
		return report, err // what could not be written while it ran cannot be written at its end
	}
	return report, errors.Join(err, failed)
}

// run does the main job up to the report.
func (f *findings) run(ctx context.Context, job *Job, observe Observer) (err error) {
	observe.begin(StageLoad)
	models, err := job.open(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, models.close()) }()
	staged, err := job.fuse(ctx, models, observe)
	if err != nil {
		return err
	}
	f.fused = staged.Document()
	if err := f.save(*f); err != nil {
		return errors.Join(err, staged.file.Discard())
	}
	return f.check(ctx, job, staged, models, observe)
}

// fuse runs the passes over the trained model and writes what comes of it, without its name.
func (j *Job) fuse(ctx context.Context, m *models, observe Observer) (*Staged, error) {
	observe.begin(StageFuse)
	fused, err := j.Fuse(ctx, m.trained)
	if err != nil {
		return nil, err
	}
	if err := j.stamp(fused); err != nil {
		return nil, err
	}
	staged, err := fused.Stage(ctx, j.output)
	if err != nil {
		return nil, err
	}
	doc := staged.Document()
	observe.end(StageFuse, Describe(doc), figures(doc)...)
	return staged, nil
}

// check verifies that the answers are the same, and only if they are measures the latency.
func (f *findings) check(ctx context.Context, job *Job, staged *Staged, models *models, observe Observer) error {
	saved, verified, err := job.Accept(ctx, staged, observe)
	f.verified = verified
	if saved != nil {
		f.fused = saved.Document()
	}
	if err != nil {
		return err
	}
	if models.fused, err = saved.file.Open(); err != nil {
		return err
	}
	models.reshaped = staged.result.ChangedInterface()
	arms := models.arms()
	if f.baseline, err = arms.plain(); err != nil {
		return err
	}
	if err := f.save(*f); err != nil {
		return err
	}
	if f.measured, err = job.Bench(ctx, arms, reports.UnitsPath(job.cfg.Report), observe); err != nil {
		return err
	}
	if err := job.repeat(ctx, arms, f.measured, observe); err != nil {
		return err
	}
	doc, err := f.document(job.cfg)
	if err != nil {
		return err
	}
	return errors.Join(f.measured.Judge(job.cfg.Gates), gateRun(doc))
}
