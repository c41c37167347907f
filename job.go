package acdeploy

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/bench"
	"github.com/acdeploy/acdeploy/configs"
	"github.com/acdeploy/acdeploy/dataset"
	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/osfile"
	"github.com/acdeploy/acdeploy/internal/plain"
	"github.com/acdeploy/acdeploy/model"
	"github.com/acdeploy/acdeploy/pipeline"
	"github.com/acdeploy/acdeploy/reports"
	"github.com/acdeploy/acdeploy/verify"
)

// Settings are the choices of one run that its configuration does not hold.
type Settings struct {
	// Resume goes on measuring with the units that an interrupted run left next to its report.
	Resume bool
	// Library is the path of an engine's library that is used before any other; "" for none.
	Library string
	// Provider is where engines that have a choice run models, whatever their options say; "" for no change.
	Provider string
	// Threads are those of one operator where answers are compared, whatever the options of the engines say; 0 for no change. A
	// measurement has its own number.
	Threads int
	// Named says that the engines are named outright, and not by a configuration: each of them is required.
	Named bool
	// DataName is a fixed name for the data file of the fused model, if it has one; "" for a name that carries its
	// content. See [model.Options].
	DataName string
	// Weights says where the large tensors of the fused model go; the zero value leaves it to the configuration.
	Weights model.Place
	// Written, if set, is told now and then how many bytes of about how many of the fused model are written.
	Written func(done, total int64)
	// Brief leaves out of the record of [Job.FuseTo] what takes memory for each node: the layers, and which nodes became which.
	Brief bool
	// Changed, if set, is called after each pass that changed the graph; see [pipeline.Options].
	Changed func(number int, step string, g *graph.Graph) error
}

// Job is a checked configuration: the passes and the engines that it names are made, and their options are sound.
type Job struct {
	cfg      configs.Config
	tools    Toolbox
	settings Settings
	steps    []pipeline.Step
	backends []Backend
	output   string // path of the fused model
	warned   bool   // of what every engine was asked for and some do not have
	started  time.Time
}

// NewJob checks a configuration. Its errors match [ErrUsage], or are those of the configuration.
func NewJob(cfg configs.Config, tools Toolbox, settings Settings) (*Job, error) {
	if err := cfg.Validate(tools.Known()); err != nil {
		return nil, err
	}
	j := &Job{cfg: cfg, tools: tools, settings: settings, output: cfg.Output, started: time.Now()}
	if j.output == "" {
		j.output = filepath.Join(cfg.Report, "fused.onnx")
	}
	var err error
	if j.steps, err = tools.Steps(cfg); err != nil {
		return nil, err
	}
	j.backends, err = tools.Choose(cfg, settings)
	return j, err
}

// Fuse runs the passes over a copy of the model.
func (j *Job) Fuse(ctx context.Context, source *model.File) (*Fused, error) {
	return j.fused(Fuse(ctx, source, j.steps, j.limits()))
}

// FuseTo runs the passes, and writes what comes of it to path, unchecked; nothing where path is "", or what the job requires is
// not so. It takes half of the memory of [Job.Fuse]: the passes run over the model of the source itself, which must not be used any
// more. The notes say what is not as it should be with the file, and no reason not to write it; a sentence each.
func (j *Job) FuseTo(ctx context.Context, source *model.File, path string) (doc *reports.Fuse, notes []string, err error) {
	if !j.settings.Brief {
		source.Model().OwnOrigins()
	}
	f, err := j.fused(fuse(ctx, &Fused{source: source, model: source.Model(), brief: j.settings.Brief}, j.steps, j.limits()))
	if err != nil {
		return nil, nil, err
	}
	if err := j.Require(f); err != nil || path == "" {
		doc, failed := f.Document()
		return doc, nil, errors.Join(err, failed)
	}
	saved, err := f.Save(ctx, path)
	if err != nil {
		return nil, nil, err
	}
	return saved.Document(), saved.Notes(), nil
}

func (j *Job) fused(fused *Fused, err error) (*Fused, error) {
	if err != nil {
		return nil, err
	}
	fused.naming = model.Options{
		DataName: j.settings.DataName, Weights: cmp.Or(j.settings.Weights, model.Place(j.cfg.Weights)), Shard: int64(j.cfg.Shard * 1e9),
		Written: j.settings.Written,
	}
	return fused, fused.checkGrowth(j.cfg.MaxGrowth)
}

// OpenPair opens two model files. If the passes make the second of the first, byte for byte, the pair can be
// compared in real arithmetic.
func (j *Job) OpenPair(ctx context.Context, a, b string) (*Pair, error) {
	return OpenPair(ctx, a, b, j.steps, j.limits())
}

// Starts reports whether a pass of the job starts a program. What such a pass made is not to be had unverified.
func (j *Job) Starts() bool {
	return slices.ContainsFunc(j.steps, func(s pipeline.Step) bool {
		_, ok := s.Pass.(pipeline.Starter)
		return ok
	})
}

func (j *Job) limits() pipeline.Options {
	o := LimitsOf(j.cfg)
	o.Changed = j.settings.Changed
	return o
}

// LimitsOf are the limits that a configuration sets to the passes.
func LimitsOf(cfg configs.Config) pipeline.Options {
	return pipeline.Options{
		MaxRounds: cfg.MaxRounds, MaxRewrites: cfg.MaxRewrites, PassTimeout: cfg.PassTimeout, MaxMemory: int64(cfg.MaxMemory * 1e9),
	}
}

// Verify compares the answers of two models.
func (j *Job) Verify(ctx context.Context, pair *Pair, observe Observer) (*Verification, error) {
	j.warn(observe, StageVerify)
	s := VerifySettings{Options: j.cfg.Verify, require: verify.Proof(j.cfg.Gates.Proof), Shapes: j.cfg.Bench.Shapes, Ranges: j.cfg.Bench.Ranges, Backends: j.backends, Timeout: j.cfg.Bench.Timeout}
	return j.tools.Verify(ctx, pair, s, observe)
}

// Bench measures the latency of models. Units are kept in the file journal until the result is safe; "" for no
// such file.
func (j *Job) Bench(ctx context.Context, arms Arms, journal string, observe Observer) (*Measurement, error) {
	j.warn(observe, StageBench)
	if made := plain.Mark(arms.Baseline.Model()); made != "" {
		observe.warn(StageBench, "the baseline %s was %s", arms.Baseline.Path(), made)
	}
	s := benchSettings{options: j.cfg.Measurement(), backends: j.backends, data: j.cfg.Verify.Data, journal: journal, resume: j.settings.Resume}
	return j.tools.bench(ctx, arms, s, observe)
}

// BenchReport measures the latency of models as [Job.Bench] does, and keeps it in the folder of the report, as [Run] does. The report is nil
// where nothing could be begun. Open opens the models.
func (j *Job) BenchReport(ctx context.Context, open func() (Arms, error), observe Observer) (*reports.Report, error) {
	if err := j.resumable(); err != nil {
		return nil, err
	}
	return j.keep(ctx, observe, func(f *findings) (err error) {
		arms, err := open()
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, arms.Close()) }()
		if f.baseline, err = arms.plain(); err != nil {
			return err
		}
		if err := f.save(*f); err != nil {
			return err
		}
		if f.measured, err = j.Bench(ctx, arms, reports.UnitsPath(j.cfg.Report), observe); err != nil {
			return err
		}
		return f.measured.Judge(j.cfg.Gates)
	})
}

// warn tells once, before the first stage that runs models on engines, which of them lack what all were asked for.
func (j *Job) warn(observe Observer, s Stage) {
	if j.warned {
		return
	}
	j.warned = true
	for _, b := range j.backends {
		b.warn(observe, s, b.lacks...)
	}
}

// resumable reports a measurement that is to go on, and of which there is nothing: the run then changes nothing.
func (j *Job) resumable() error {
	if !j.settings.Resume {
		return nil
	}
	return bench.Resumable(reports.UnitsPath(j.cfg.Report))
}

// dataFit reports whether there are data for the inputs of a model. It is no error if not where a pass may give it others: data are for
// the inputs that the model then has.
func (j *Job) dataFit(trained *model.File) (bool, error) {
	if j.cfg.Verify.Data.Path == "" {
		return false, nil
	}
	declared := trained.Signature()
	_, err := dataset.Open(j.cfg.Verify.Data, declared.Inputs, declared.Outputs)
	if err != nil && slices.ContainsFunc(j.steps, mayReshape) {
		return false, nil
	}
	return err == nil, err
}

// preflight makes the folder of the output, and reports at once what would otherwise fail late. The baseline is
// nil where there is none.
func (j *Job) preflight(trained, baseline *model.File) error {
	if err := j.releasable(); err != nil {
		return err
	}
	folder := filepath.Dir(j.output)
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return fmt.Errorf("write model %s: there is no folder %s, and it cannot be made: %w", j.output, folder, osfile.Cause(err))
	}
	if _, err := j.dataFit(trained); err != nil {
		return err
	}
	if baseline != nil {
		if err := backends.SameInterface(Declared(baseline), Declared(trained)); err != nil {
			return err
		}
	}
	if _, err := j.sizings(trained, baseline); err != nil {
		return outcomef(ErrUsage, "bench: %w", err)
	}
	return nil
}
