package acdeploy

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/bench"
	"github.com/acdeploy/acdeploy/bench/judge"
	"github.com/acdeploy/acdeploy/internal/host"
	"github.com/acdeploy/acdeploy/internal/osfile"
	"github.com/acdeploy/acdeploy/model"
	"github.com/acdeploy/acdeploy/reports"
	"github.com/acdeploy/acdeploy/verify"
)

// BenchSettings says how latency is measured.
type BenchSettings struct {
	Options  bench.Options
	Backends []Backend
	Journal  string // file in which units are kept until the result is safe; "" for none
	Resume   bool   // take the units of an interrupted measurement from it
}

// Arms are the models that a measurement compares. They stay open as long as it takes.
type Arms struct {
	Baseline   *model.File
	Candidates []*model.File
	AsTrained  *model.File // shown next to the others, never judged; nil for none
	// SameFunction says that the baseline is the candidates' own function, not another training run.
	SameFunction bool
}

// OpenArms opens the models of a measurement; asTrained may be "".
func OpenArms(baseline string, candidates []string, asTrained string) (Arms, error) {
	var a Arms
	var errs []error
	open := func(path string) *model.File {
		f, err := model.Open(path)
		errs = append(errs, err)
		return f
	}
	a.Baseline = open(baseline)
	for _, path := range candidates {
		a.Candidates = append(a.Candidates, open(path))
	}
	if asTrained != "" {
		a.AsTrained = open(asTrained)
	}
	if err := errors.Join(errs...); err != nil {
		return a, errors.Join(err, a.Close())
	}
	return a, nil
}

// Close closes the models.
func (a Arms) Close() error {
	var errs []error
	for _, f := range append([]*model.File{a.Baseline, a.AsTrained}, a.Candidates...) {
		if f != nil {
			errs = append(errs, f.Close())
		}
	}
	return errors.Join(errs...)
}

// Measurement is what was measured.
type Measurement struct {
	Result   *judge.Result
	Baseline *reports.Model // nil when that is the model as trained
	missing  []string       // required engines that were not there
	journal  string
}

// Discard removes the units that were kept in case of an interruption, once the result is safe. Those of an
// interrupted measurement stay.
func (m *Measurement) Discard() error {
	if m.journal == "" || m.Result.Incomplete {
		return nil
	}
	if err := os.Remove(m.journal); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove %s: %w", m.journal, osfile.Cause(err))
	}
	return nil
}

// Bench measures the latency of the candidates against the baseline. The measurement holds whatever was
// done, also beside an error.
func (t Toolbox) Bench(ctx context.Context, arms Arms, plan BenchSettings, observe Observer) (*Measurement, error) {
	m := &Measurement{Result: &judge.Result{Schema: judge.Schema}}
	observe.begin(StageBench)
	job, err := t.job(arms, plan)
	if err != nil {
		return m, err
	}
	if !arms.SameFunction {
		if m.Baseline, err = describe(arms.Baseline); err != nil {
			return m, err
		}
	}
	if t.Launch == nil {
		m.Result.Skipped = noWorkers(plan.Backends)
		return m, nil
	}
	m.journal = plan.Journal
	properties, digests := binaries(ctx, plan.Backends)
	runner := bench.Runner{Launch: t.Launch, Journal: plan.Journal, Resume: plan.Resume, Properties: properties, Enough: judge.Precise, Progress: func(p bench.Progress) {
		done := float64(p.Done)
		if p.Blocks > 0 {
			done += float64(p.Block) / float64(p.Blocks)
		}
		observe.progress(StageBench, done, float64(p.Total), "%s", p.Stage)
	}}
	recording, err := runner.Run(ctx, job)
	for _, s := range recording.Settings {
		if s.Engine != nil { // its workers do not read the whole library again
			s.Engine.SHA256 = digests[s.Engine.Library]
		}
	}
	m.Result = judge.Judge(recording)
	for _, b := range plan.Backends {
		for _, s := range m.Result.Skipped {
			if b.Required && s.Backend == b.Name && s.Provider == b.Describe().Provider {
				m.missing = append(m.missing, label(s.Backend, s.Provider)+": "+s.Reason+"; "+s.Remedy)
			}
		}
	}
	if errors.Is(err, bench.ErrUsage) {
		err = outcomef(ErrUsage, "bench: %w", err)
	}
	if len(m.Result.Settings)+len(m.Result.Skipped) > 0 {
		observe.end(StageBench, m.Describe())
	}
	return m, err
}

// binaries are the programs and libraries on which a measurement rests, and the digests of the libraries by
// path.
func binaries(ctx context.Context, chosen []Backend) (found []bench.Property, digests map[string]string) {
	version, revision := host.Build()
	found = []bench.Property{{Name: "acdeploy", Value: version + " " + revision}}
	digests = map[string]string{}
	if path, err := os.Executable(); err == nil {
		if digest, err := osfile.SHA256(path); err == nil {
			found = append(found, bench.Property{Name: "the program", Value: digest})
		}
	}
	for _, b := range chosen {
		d := backends.Identify(ctx, b.Backend)
		digests[d.Library] = d.SHA256
		found = append(found, bench.Property{Name: "the library of " + b.Name, Value: d.SHA256})
	}
	return found, digests
}

// noWorkers skips every engine of a program that cannot start workers.
func noWorkers(chosen []Backend) []backends.Skip {
	var skips []backends.Skip
	for _, b := range chosen {
		skips = append(skips, backends.Skip{Backend: b.Name, Reason: "this program starts no worker processes", Remedy: "measure with acdeploy bench"})
	}
	return skips
}

// job turns paths and engines into what package bench wants.
func (t Toolbox) job(arms Arms, plan BenchSettings) (bench.Job, error) {
	job := bench.Job{Options: plan.Options}
	const trained = "as_trained"
	var errs []error
	add := func(f *model.File, function string) bench.Arm {
		a, err := newArm(f, function)
		errs = append(errs, err)
		return a
	}
	shared := ""
	if arms.AsTrained != nil || arms.SameFunction {
		shared = trained
	}
	if arms.SameFunction {
		job.Baseline = add(arms.Baseline, trained)
	} else {
		job.Baseline = add(arms.Baseline, "")
	}
	for _, f := range arms.Candidates {
		job.Candidates = append(job.Candidates, add(f, shared))
	}
	if arms.AsTrained != nil {
		a := add(arms.AsTrained, trained)
		job.AsTrained = &a
	}
	if err := errors.Join(errs...); err != nil {
		return job, err
	}
	for _, c := range job.Candidates {
		if err := verify.SameInterface(job.Baseline.Model, c.Model); err != nil {
			return job, err
		}
	}
	for _, b := range plan.Backends {
		spec, err := t.spec(b)
		if err != nil {
			return job, outcomef(ErrUsage, "%w", err)
		}
		job.Backends = append(job.Backends, spec)
	}
	return job, nil
}

// newArm is what a measurement needs to know of a model, and what it records of it.
func newArm(f *model.File, function string) (bench.Arm, error) {
	digest, err := f.Digest()
	if err != nil {
		return bench.Arm{}, err
	}
	weights, err := f.Weights()
	return bench.Arm{
		Name: f.Path(), Model: Declared(f), Function: function,
		Files: bench.Files{SHA256: digest.SHA256, Bytes: digest.Bytes, Weights: (*bench.Weights)(&weights)},
	}, err
}

// describe is what a report says of a model that is not changed.
func describe(f *model.File) (*reports.Model, error) {
	file, err := document(f)
	return &reports.Model{File: file, Graph: reports.Graph(f.Counts())}, err
}

// Libraries are the engines' libraries that took part.
func (m *Measurement) Libraries() []host.Library {
	found := []host.Library{}
	seen := map[backends.Description]bool{}
	for _, s := range m.Result.Settings {
		if d := s.Engine; d != nil && !seen[*d] {
			seen[*d] = true
			found = append(found, host.Library{Name: d.Name, Path: d.Library, Version: d.Version, SHA256: d.SHA256})
		}
	}
	return found
}

// Describe says in one line what was found.
func (m *Measurement) Describe() string {
	var parts []string
	for _, c := range m.Result.Comparisons {
		parts = append(parts, fmt.Sprintf("%s %s, ratio %.3f", c.Backend, c.Verdict, float64(c.Ratio)))
	}
	for _, s := range m.Result.Skipped {
		parts = append(parts, fmt.Sprintf("%s skipped: %s", label(s.Backend, s.Provider), s.Reason))
	}
	if len(parts) == 0 {
		return "nothing measured"
	}
	return strings.Join(parts, "; ")
}

// Judge is the errors that follow from what was measured.
func (m *Measurement) Judge(gates judge.Gates) error {
	var errs []error
	for _, what := range m.missing {
		errs = append(errs, outcomef(ErrMissing, "required engine %s", what))
	}
	if len(errs) == 0 {
		errs = append(errs, m.nothingRan())
	}
	if m.Result.Incomplete {
		errs = append(errs, outcomef(ErrInvalid, "the measurement is incomplete"))
	}
	for _, c := range m.Result.Comparisons {
		if c.Verdict == judge.Invalid && gates.Demand() {
			errs = append(errs, outcomef(ErrInvalid, "the measurement of %s on %s is invalid: %s", c.Candidate, c.Backend, c.Reason))
			continue
		}
		for _, why := range gates.Failures(c) {
			errs = append(errs, outcomef(ErrGate, "%s on %s is %s", c.Candidate, c.Backend, why))
		}
	}
	return errors.Join(errs...)
}

// nothingRan reports an engine for which a measurement was asked and that was not there, when no other
// was.
func (m *Measurement) nothingRan() error {
	if len(m.Result.Settings) > 0 || len(m.Result.Skipped) == 0 {
		return nil
	}
	s := m.Result.Skipped[0]
	return outcomef(ErrMissing, "no engine could run: %s: %s; %s", label(s.Backend, s.Provider), s.Reason, s.Remedy)
}
