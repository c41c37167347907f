package acdeploy

import (
	"context"
	"errors"
	"path/filepath"
	"time"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/bench"
	"github.com/acdeploy/acdeploy/configs"
	"github.com/acdeploy/acdeploy/internal/osfile"
	"github.com/acdeploy/acdeploy/model"
	"github.com/acdeploy/acdeploy/reports"
)

// Plan is what a run would do.
type Plan struct {
	Fuse    *reports.Fuse   `json:"fuse"`    // what the passes do; no file was written
	Output  string          `json:"output"`  // where the fused model would go
	Report  string          `json:"report"`  // folder of the report
	Arms    []PlannedArm    `json:"arms"`    // the models that the measurement would compare, the first is what the others are compared with
	Engines []PlannedEngine `json:"engines"` // where they would run
	Sizes   []string        `json:"sizes"`   // with which they would run on each engine, such as "batch 1, height=224"
	Units   int             `json:"units"`   // fresh processes for each engine and size
	Seconds float64         `json:"seconds"` // about how long the measurement would take
	AtMost  float64         `json:"at_most"` // the same where it goes on until its intervals are narrow
}

// PlannedArm is a model of a measurement that is planned.
type PlannedArm struct {
	Role string `json:"role"` // baseline, as trained or fused
	Path string `json:"path"` // of its model file
}

// PlannedEngine is an engine of a run that is planned.
type PlannedEngine struct {
	Name     string         `json:"name"`     // in the catalog
	Provider string         `json:"provider"` // its execution provider; "" for none
	Required bool           `json:"required"` // its absence ends the run
	Skip     *backends.Skip `json:"skip"`     // why it could not be run; null if it can
}

// MakePlan looks at all that a run needs, and runs the passes in memory. It writes nothing, verifies nothing and measures nothing. An
// engine that is required and not there is an error, with the plan, and so is a folder in which the report cannot be written.
func MakePlan(ctx context.Context, cfg configs.Config, tools Toolbox, settings Settings) (plan *Plan, err error) {
	job, err := NewJob(cfg, tools, settings)
	if err != nil {
		return nil, err
	}
	made := osfile.MissingFolders(filepath.Dir(job.output))
	defer osfile.RemoveEmpty(made)
	models, err := job.open(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, models.close()) }()
	fused, err := job.Fuse(ctx, models.trained)
	if err != nil {
		return nil, err
	}
	o := cfg.Measurement()
	p := &Plan{Output: job.output, Report: cfg.Report, Units: o.Units}
	if p.Fuse, err = fused.Document(); err != nil {
		return nil, err
	}
	if p.Sizes, err = job.sizings(models.trained, models.baseline); err != nil {
		return p, outcomef(ErrUsage, "bench: %w", err)
	}
	p.arms(cfg, job.output)
	err = errors.Join(reports.CheckFolder(cfg.Report), job.Require(fused), p.engines(ctx, job))
	p.takes(o.Duration, o.Adaptive)
	return p, err
}

// sizings are those of the models that are there before the run.
func (j *Job) sizings(trained, baseline *model.File) ([]string, error) {
	base := trained
	if baseline != nil {
		base = baseline
	}
	o := bench.Job{Baseline: bench.Arm{Model: Declared(base)}, Candidates: []bench.Arm{{Model: Declared(trained)}}, Options: j.cfg.Measurement()}
	if fit, err := j.dataFit(trained); err != nil {
		return nil, err
	} else if fit {
		o.Samples = samplesOf(j.cfg.Verify.Data, o.Baseline.Model)
	}
	return o.Sizings()
}

func (p *Plan) arms(cfg configs.Config, output string) {
	if cfg.Baseline != "" {
		p.Arms = append(p.Arms, PlannedArm{"baseline", cfg.Baseline})
	}
	p.Arms = append(p.Arms, PlannedArm{"as trained", cfg.Model}, PlannedArm{"fused", output})
}

// engines asks each engine whether it can be run.
func (p *Plan) engines(ctx context.Context, j *Job) error {
	guests, end := j.tools.isolated(j.backends, j.cfg.Bench.Timeout)
	defer end()
	var errs []error
	p.Engines = []PlannedEngine{}
	for _, b := range guests {
		e := PlannedEngine{Name: b.Name, Provider: b.Describe().Provider, Required: b.required}
		err := b.Check(ctx)
		if skip, ok := backends.SkipOf(b.Name, e.Provider, err); ok {
			e.Skip = &skip
			if err = nil; b.misses(skip) {
				err = outcomef(ErrMissing, "required engine %s: %s; %s", label(b.Name, e.Provider), skip.Reason, skip.Remedy)
			}
		}
		errs, p.Engines = append(errs, err), append(p.Engines, e)
	}
	return errors.Join(errs...)
}

// takes estimates the time of the measurement: each engine that is there compares once for each size.
func (p *Plan) takes(one time.Duration, adaptive bool) {
	comparisons := 0
	for _, e := range p.Engines {
		if e.Skip == nil {
			comparisons += len(p.Sizes)
		}
	}
	p.Seconds = float64(comparisons) * one.Seconds()
	if p.AtMost = p.Seconds; adaptive {
		p.AtMost *= mostLooks
	}
}

// mostLooks is how many times its duration an adaptive measurement takes at most, see [bench.Options].
const mostLooks = 4
