// Package bench measures the latency of models and returns a recording. It judges nothing: package
// bench/judge makes verdicts of the recording.
//
//	setting        one engine with one batch size
//	└─ unit        one fresh worker process, which opens every arm
//	   └─ block    a short time in which the arms run in turns: A C B  B C A  C A B  B A C …
//	      └─ run   one inference of one arm
//
// An arm is a model that takes part: the baseline, a second copy of it (the control), the candidates, and
// the model as trained. Within a block the arms are run in random permutations. After each permutation comes
// its mirror image, so that a steady drift of the machine cancels.
//
// The three levels keep different kinds of noise apart. Units are the independent replicates: runs are
// never pooled over blocks, nor blocks over units.
//
// A time is the wall time of one call, with the copies of inputs and outputs. Some engines time themselves
// instead, in processes of their own. Then an arm makes several runs at each of its turns, and the recording
// names the engine's clock. Times of different clocks are never compared.
package bench

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/internal/host"
	"github.com/acdeploy/acdeploy/internal/osfile"
	"github.com/acdeploy/acdeploy/internal/outcome"
	"github.com/acdeploy/acdeploy/tensor"
	"github.com/acdeploy/acdeploy/worker"
)

// ErrUsage is matched by errors that the caller's request caused, such as zero units or a missing shape.
var ErrUsage = outcome.ErrUsage

// Arm is a model that takes part.
type Arm struct {
	Name  string         // how the result calls it; Model.Name when empty
	Model backends.Model // what the engines open
	// Function groups arms that must give the same answers; arms with an empty Function are compared
	// with nothing but themselves.
	Function string
	Files    Files // for the record
	// Slowdown is the share of its latency that is added to each of its runs: the arm then spins for so
	// long. It is how the instrument itself is studied.
	Slowdown float64
}

// Files says what a model consists of, for the record.
type Files struct {
	SHA256      string   `json:"sha256"`       // of the model file
	ModelSHA256 string   `json:"model_sha256"` // of the model file and its external data
	Bytes       int64    `json:"bytes"`        // of the model file with its external data
	Weights     *Weights `json:"weights"`      // what its weights are; null where nobody looked
}

// Weights counts the values of a model's floating-point weights. Those that are not normal numbers can
// make two models of the same plan take different times.
type Weights struct {
	Values    int64 `json:"values"`    // number of weights
	Subnormal int64 `json:"subnormal"` // how many are subnormal
	NaN       int64 `json:"nan"`       // how many are not a number
	Inf       int64 `json:"inf"`       // how many are infinite
}

// Job says what to measure.
type Job struct {
	Baseline   Arm   // what the candidates are compared with
	Candidates []Arm // the models that are judged
	// AsTrained is shown next to the others and never judged; may be nil. When no arm has a Function,
	// the candidates must give its answers.
	AsTrained *Arm
	Backends  []worker.BackendSpec // the engines, in the order in which they measure
	Options   Options              // how it is measured
	// Samples are inputs of the user's, which units take in turn; nil for generated ones.
	Samples Samples
	// OtherInputs says that models may take others than the baseline. Inputs of one name are the same for all.
	OtherInputs bool
}

// Samples gives at most so many samples for a batch, each the inputs of one inference. The batch is 0 where nobody asked for one.
type Samples func(batch int64, most int) ([]tensor.Map, error)

// Progress tells how far a measurement is. It is never sent while a block is timed.
type Progress struct {
	Stage         string // the setting: engine, batch, threads
	Done, Total   int    // units, over all settings
	Block, Blocks int    // within the present unit
	Timed         bool   // latency is timed from now on, until the next of these
}

// Runner measures. Launch is required.
type Runner struct {
	Launch   worker.Launcher                  // starts one worker process
	Progress func(Progress)                   // nil for none
	Host     func(context.Context) host.Facts // nil for [host.Read]
	Now      func() time.Time                 // nil for [time.Now]
	Load     func() host.Load                 // nil for [host.Now]
	Warn     func(text string)                // is told what the user should read; nil for nobody
	Plan     func(text string)                // is told what is going to be measured, if it takes long; nil for nobody
	Watch    Watch                            // files that make the measurement invalid when they change
	// Enough is the stopping rule of an adaptive measurement: asked after a look at the recording so far,
	// whose last setting is the present one, it ends that setting. nil never does.
	Enough func(soFar Recording) bool

	// Journal is a file in which units are kept as they come; "" for none. With Resume, those of an
	// interrupted measurement are taken from it, if it was the same: the same options, engines, models,
	// machine, and Properties, which name what else decides, such as programs and libraries. The caller
	// removes it once the result is safe. Units that cannot be kept are a warning.
	Journal    string
	Resume     bool
	Properties []Property
	journal    *journal
}

// Run measures every candidate with the baseline, on every backend and batch. The recording holds
// whatever was measured and is never nil, even with an error: one that matches [ErrUsage], one that
// matches ctx's when it was cancelled, or the reasons why settings could not be measured. Engines that
// are not there are skipped, which is no error.
func (r Runner) Run(ctx context.Context, job Job) (*Recording, error) {
	r = r.withDefaults()
	rec := &Recording{Started: r.Now().UTC().Format(time.RFC3339), Options: job.Options}
	job, err := job.prepare()
	if err != nil {
		return rec, err
	}
	conditions, err := job.conditions()
	if err != nil {
		return rec, err
	}
	rec.Host = r.Host(ctx)
	if r.Journal != "" {
		properties, err := job.properties(rec.Host, r.Properties)
		if err != nil {
			return rec, err
		}
		if r.journal, err = openJournal(osfile.FilesOf(ctx), r.Journal, properties, r.blank(job, conditions, rec), r.Resume); err != nil && r.Resume {
			return rec, err
		}
		r.unkept(err)
		defer func() { r.unkept(r.journal.close()) }()
	}
	if text := job.outlook(len(conditions)); text != "" {
		r.Plan(text)
	}
	var errs []error
	for i, c := range conditions {
		if ctx.Err() != nil || rec.skips(c.spec.Name, c.spec.Provider) {
			continue
		}
		c.index, c.total = i, len(conditions)
		errs = append(errs, r.measure(ctx, job, c, rec))
	}
	rec.HostAfter = r.Load()
	if ctx.Err() != nil {
		rec.Incomplete = true
		errs = append(errs, ctx.Err())
	}
	return rec, errors.Join(errs...)
}

// measure adds what is measured under one condition to the recording.
func (r Runner) measure(ctx context.Context, job Job, c condition, rec *Recording) error {
	m := r.start(job, c, rec)
	err := m.run(ctx)
	skip, absent := backends.SkipOf(c.spec.Name, c.spec.Provider, err)
	switch {
	case absent:
		rec.Skipped = append(rec.Skipped, skip)
		return nil
	case err == nil && m.found.Changed == "":
		m.resources(ctx)
	case ctx.Err() != nil:
		err = nil // told once, by the caller
	case errors.Is(err, ErrUsage): // the caller says which command it is
		err = fmt.Errorf("on %s: %w", c.stage(), err)
	case err != nil:
		err = fmt.Errorf("bench on %s: %w", c.stage(), err)
	}
	if len(m.found.Units)+len(m.found.Failures) > 0 || m.found.Changed != "" {
		rec.Settings = append(rec.Settings, *m.found)
	}
	return err
}

// unkept warns that units are not kept. They are only for the case of an interruption.
func (r Runner) unkept(err error) {
	if err != nil {
		r.Warn(err.Error() + "; what is measured would be lost with an interruption")
	}
}

func (r Runner) withDefaults() Runner {
	if r.Host == nil {
		r.Host = host.Read
	}
	if r.Now == nil {
		r.Now = time.Now
	}
	if r.Load == nil {
		r.Load = host.Now
	}
	if r.Enough == nil {
		r.Enough = func(Recording) bool { return false }
	}
	if r.Warn == nil {
		r.Warn = func(string) {}
	}
	if r.Plan == nil {
		r.Plan = func(string) {}
	}
	if r.Progress == nil {
		r.Progress = func(Progress) {}
	}
	return r
}

// prepare checks the job and fills in names and functions.
func (j Job) prepare() (Job, error) {
	if err := j.Options.Validate(); err != nil {
		return j, err
	}
	switch {
	case len(j.Candidates) == 0:
		return j, outcome.Usagef("there is no candidate to measure; name at least one")
	case len(j.Candidates) > maxArms-3:
		return j, outcome.Usagef("%d candidates are too many; at most %d fit into one process", len(j.Candidates), maxArms-3)
	case len(j.Backends) == 0:
		return j, outcome.Usagef("there is no backend to measure on; name one with --backend")
	}
	j.Candidates = append([]Arm(nil), j.Candidates...)
	stated := j.Baseline.Function != ""
	for _, c := range j.Candidates {
		stated = stated || c.Function != ""
	}
	if j.AsTrained != nil {
		trained := *j.AsTrained
		stated = stated || trained.Function != ""
		if !stated {
			trained.Function = "as_trained"
		}
		trained.Name = nameOf(trained)
		j.AsTrained = &trained
	}
	for i := range j.Candidates {
		c := &j.Candidates[i]
		if !stated && j.AsTrained != nil {
			c.Function = "as_trained"
		}
		c.Name = nameOf(*c)
	}
	j.Baseline.Name = nameOf(j.Baseline)
	return j, nil
}

func nameOf(a Arm) string {
	if a.Name != "" {
		return a.Name
	}
	return a.Model.Name
}
