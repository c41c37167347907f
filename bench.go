package acdeploy

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/bench"
	"github.com/acdeploy/acdeploy/bench/judge"
	"github.com/acdeploy/acdeploy/dataset"
	"github.com/acdeploy/acdeploy/internal/host"
	"github.com/acdeploy/acdeploy/internal/osfile"
	"github.com/acdeploy/acdeploy/internal/plain"
	"github.com/acdeploy/acdeploy/model"
	"github.com/acdeploy/acdeploy/reports"
	"github.com/acdeploy/acdeploy/worker"
)

// benchSettings says how latency is measured.
type benchSettings struct {
	options  bench.Options
	backends []Backend
	data     dataset.Options // inputs to measure with; without a path they are generated
	journal  string          // file in which units are kept until the result is safe; "" for none
	resume   bool            // take the units of an interrupted measurement from it
}

// bench measures the latency of the candidates against the baseline. The measurement holds whatever was
// done, even when there is an error.
func (t Toolbox) bench(ctx context.Context, arms Arms, settings benchSettings, observe Observer) (*Measurement, error) {
	m := &Measurement{Result: &judge.Result{Schema: judge.Schema}}
	observe.begin(StageBench)
	job, err := t.job(arms, settings)
	if err != nil {
		return m, err
	}
	if m.baseline, err = arms.plain(); err != nil {
		return m, err
	}
	if t.Launch == nil {
		m.Result.Skipped = noWorkers(settings.backends)
		return m, nil
	}
	if arms.otherInputs && settings.data.Path != "" {
		observe.warn(StageBench, "the data are for inputs that not all of these models have: latency is measured with generated ones")
	}
	limits, crowded := host.ReadLimits(), []string(nil)
	for _, b := range settings.backends {
		o := settings.options
		if own := backends.OwnThreads(b.Backend); own != 0 {
			o.Threads = own
		}
		lacks, err := b.threaded(o.Threads)
		if err != nil {
			return m, outcomef(ErrUsage, "%w", err)
		}
		b.warn(observe, StageBench, lacks...)
		for _, why := range o.Crowded(limits) {
			if !slices.Contains(crowded, why) {
				crowded = append(crowded, why)
				observe.warn(StageBench, "%s", why)
			}
		}
	}
	var release func()
	if m.journal, release, err = bench.Reserve(settings.journal, settings.resume); err != nil {
		return m, err
	}
	defer release()
	properties, digests := binaries(ctx, settings.backends, job.Backends)
	watch := bench.NewWatch(rests(arms, job, settings.data.Path)...)
	if err := arms.unchanged(); err != nil {
		return m, err
	}
	if path := settings.data.Path; path != "" {
		digest, err := dataset.Digest(path)
		if err != nil {
			return m, err
		}
		properties = append(properties, bench.Property{Name: "the data " + path, Value: digest})
	}
	runner := bench.Runner{Launch: t.Launch, Watch: watch, Journal: m.journal, Resume: settings.resume, Properties: properties, Enough: judge.Precise, Warn: func(text string) { observe.warn(StageBench, "%s", text) }, Plan: func(text string) { observe.plan(StageBench, text) }, Progress: func(p bench.Progress) {
		done := float64(p.Done)
		if p.Blocks > 0 {
			done += float64(p.Block) / float64(p.Blocks)
		}
		observe.tell(Event{Stage: StageBench, Done: done, Total: float64(p.Total), Unit: "units", Note: p.Stage, Timed: p.Timed})
	}}
	recording, err := runner.Run(ctx, job)
	for _, s := range recording.Settings {
		if s.Engine != nil { // its workers do not read the whole library again
			s.Engine.SHA256 = digests[s.Engine.Library]
		}
	}
	m.Result, m.recorded = judge.Judge(recording), recording
	for _, b := range settings.backends {
		for _, s := range m.Result.Skipped {
			if b.misses(s) && s.Backend == b.Name && s.Provider == b.Describe().Provider {
				m.missing = append(m.missing, label(s.Backend, s.Provider)+": "+s.Reason+"; "+s.Remedy)
			}
		}
	}
	if errors.Is(err, ErrUsage) {
		err = fmt.Errorf("bench: %w", err)
	}
	if len(m.Result.Settings)+len(m.Result.Skipped) > 0 {
		observe.end(StageBench, m.Describe(), m.figures()...)
	}
	return m, err
}

// rests are the files on which a measurement rests: the models with their data, what runs them, and their inputs.
func rests(arms Arms, job bench.Job, data string) []string {
	paths := []string{data} // "" for none
	for _, f := range arms.files() {
		paths = append(append(paths, f.Path()), f.External()...)
	}
	for _, b := range job.Backends {
		paths = append(paths, b.Library)
	}
	if self, err := os.Executable(); err == nil {
		paths = append(paths, self)
	}
	return paths
}

// binaries are the programs and libraries on which a measurement rests, and the digests of the libraries by
// path. It notes in specs, one for each engine, where its library is.
func binaries(ctx context.Context, chosen []Backend, specs []worker.BackendSpec) (found []bench.Property, digests map[string]string) {
	version, revision := host.Build()
	found = []bench.Property{{Name: "acdeploy", Value: version + " " + revision}}
	digests = map[string]string{}
	if path, err := os.Executable(); err == nil {
		if digest, err := osfile.SHA256(path); err == nil {
			found = append(found, bench.Property{Name: "the program", Value: digest})
		}
	}
	for i, b := range chosen {
		d := backends.Identify(ctx, b.Backend)
		digests[d.Library], specs[i].Library = d.SHA256, d.Library
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

// describe is what a report says of a model that is not changed.
func describe(f *model.File) (*reports.Model, error) {
	file, err := document(f)
	return &reports.Model{File: file, Network: network(f.Model(), f.Counts()), Made: plain.Mark(f.Model())}, err
}
