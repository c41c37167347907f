package acdeploy

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/catalog"
	"github.com/acdeploy/acdeploy/configs"
	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/osfile"
	"github.com/acdeploy/acdeploy/model"
	"github.com/acdeploy/acdeploy/pipeline"
	"github.com/acdeploy/acdeploy/reports"
	"github.com/acdeploy/acdeploy/tensor"
	"github.com/acdeploy/acdeploy/verify"
	"github.com/acdeploy/acdeploy/worker"
)

// Toolbox is what a program was built with: the passes and backends it lists, and what they share.
type Toolbox struct {
	Passes   catalog.Catalog[pipeline.Pass]
	Backends catalog.Catalog[backends.Backend]
	// Exact opens a graph in memory to run in float64, changed initializers unrounded.
	Exact func(m *graph.Model) (Exact, error)
	// Launch starts a worker process, which serves [worker.Serve] with [Toolbox.OpenSpec]. Without it no
	// latency is measured, and the report says so.
	Launch worker.Launcher
	// Resume lets [Run] go on measuring with the units that an interrupted run left beside its report.
	Resume bool
	// Library is the path of an engine's library that goes before any other; "" for none.
	Library string
	// Provider is where engines that have a choice run models, whatever their options say; "" for no change.
	Provider string
}

// Exact runs a graph in float64.
type Exact interface {
	RunFloat64(ctx context.Context, in tensor.Map) (tensor.Map, error)
	Close() error
}

// Known are the components that a configuration may name.
func (t Toolbox) Known() configs.Catalogs { return configs.Known(t.Passes, t.Backends) }

// Steps are the passes that a configuration asks for.
func (t Toolbox) Steps(cfg configs.Config) ([]pipeline.Step, error) {
	if cfg.Passes == nil {
		return DefaultSteps(t.Passes, cfg.Disable)
	}
	var steps []pipeline.Step
	for _, c := range cfg.Passes {
		if slices.Contains(cfg.Disable, c.Name) {
			continue
		}
		pass, err := t.Passes.Make(c.Name, c.Decode)
		if err != nil {
			return nil, outcomef(ErrUsage, "pass %w", err)
		}
		steps = append(steps, pipeline.Step{Name: c.Name, Pass: pass})
	}
	return steps, nil
}

// plan is a configuration made ready to run.
type plan struct {
	model, output string
	baseline      string // "" for none
	steps         []pipeline.Step
	fuse          pipeline.Options
	verify        VerifyPlan
	bench         BenchPlan
}

func (t Toolbox) plan(cfg configs.Config) (plan, error) {
	if err := cfg.Validate(t.Known()); err != nil {
		return plan{}, err
	}
	p := plan{
		model: cfg.Model, output: cfg.Output, baseline: cfg.Baseline,
		fuse:   pipeline.Options{MaxRounds: cfg.MaxRounds, MaxRewrites: cfg.MaxRewrites},
		verify: VerifyPlan{Options: cfg.Verify, Shapes: cfg.Bench.Shapes},
		bench: BenchPlan{
			Options: cfg.Measurement(), Journal: reports.UnitsPath(cfg.Report), Resume: t.Resume,
		},
	}
	if p.output == "" {
		p.output = filepath.Join(cfg.Report, "fused.onnx")
	}
	var err error
	if p.steps, err = t.Steps(cfg); err != nil {
		return p, err
	}
	p.bench.Backends, err = t.Choose(cfg)
	p.verify.Backends = p.bench.Backends
	return p, err
}

// preflight makes the folder of the output, and reports at once what would otherwise fail late. The baseline is
// nil where there is none.
func (p plan) preflight(trained, baseline *model.File) error {
	if err := os.MkdirAll(filepath.Dir(p.output), 0o755); err != nil {
		return fmt.Errorf("write model %s: there is no folder %s, and it cannot be made: %w", p.output, filepath.Dir(p.output), osfile.Cause(err))
	}
	if p.verify.Options.Data.Path != "" {
		if _, err := verify.OpenData(p.verify.Options.Data, trained.Signature().Inputs); err != nil {
			return err
		}
	}
	if baseline == nil {
		return nil
	}
	return verify.SameInterface(Declared(baseline), Declared(trained))
}
