package acdeploy

import (
	"slices"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/catalog"
	"github.com/acdeploy/acdeploy/configs"
	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/pipeline"
	"github.com/acdeploy/acdeploy/reports"
	"github.com/acdeploy/acdeploy/verify"
	"github.com/acdeploy/acdeploy/worker"
)

// Toolbox is what a program was built with: the passes and backends it lists, and what they share.
type Toolbox struct {
	Passes   catalog.Catalog[pipeline.Pass]    // in the order in which they run by default
	Backends catalog.Catalog[backends.Backend] // the engines
	Formats  catalog.Catalog[reports.Format]   // in which reports can be written
	// Exact opens a graph in memory to run in float64, changed initializers unrounded.
	Exact func(m *graph.Model) (verify.Exact, error)
	// Launch starts a worker process, which serves [worker.Serve] with [Toolbox.Opener]. Without it no
	// latency is measured, and the report says so; engines that verify run in this process then.
	Launch worker.Launcher
}

// Known are the components that a configuration may name.
func (t Toolbox) Known() configs.Catalogs {
	known := configs.Known(t.Passes, t.Backends)
	known.Formats = configs.Plain(t.Formats)
	return known
}

// Steps are the passes that a configuration asks for.
func (t Toolbox) Steps(cfg configs.Config) ([]pipeline.Step, error) {
	steps, err := t.listed(cfg.Passes, cfg.Disable)
	if cfg.Passes == nil {
		steps, err = DefaultSteps(t.Passes, cfg.Disable)
	}
	if err != nil {
		return nil, err
	}
	more, err := t.listed(cfg.Enable, cfg.Disable)
	for _, s := range more {
		if slices.ContainsFunc(steps, func(other pipeline.Step) bool { return other.Name == s.Name }) {
			return nil, outcomef(ErrUsage, "pass %s is enabled, and runs without that; name it once", s.Name)
		}
	}
	return append(steps, more...), err
}

// listed makes the passes that a configuration lists, but for those disabled.
func (t Toolbox) listed(list []configs.Component, disable []string) ([]pipeline.Step, error) {
	var steps []pipeline.Step
	for _, c := range list {
		if slices.Contains(disable, c.Name) {
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

// DefaultSteps is the catalog of passes, with default options, but for those disabled and those that a configuration has to list.
func DefaultSteps(passes catalog.Catalog[pipeline.Pass], disable []string) ([]pipeline.Step, error) {
	var steps []pipeline.Step
	for _, name := range disable {
		if _, err := passes.Find(name); err != nil {
			return nil, outcomef(ErrUsage, "pass %w", err)
		}
	}
	for _, e := range passes.Default() {
		if !slices.Contains(disable, e.Name) {
			steps = append(steps, pipeline.Step{Name: e.Name, Pass: e.New()})
		}
	}
	return steps, nil
}
