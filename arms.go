package acdeploy

import (
	"errors"
	"fmt"
	"slices"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/bench"
	"github.com/acdeploy/acdeploy/model"
	"github.com/acdeploy/acdeploy/reports"
)

// Arms are the models that a measurement compares. They stay open as long as it takes.
type Arms struct {
	Baseline   *model.File   // the model that the others are measured against
	Candidates []*model.File // the models that are judged
	AsTrained  *model.File   // shown next to the others, never judged; nil for none
	// SameFunction says that the baseline is the candidates' own function, not another training run.
	SameFunction bool
	// otherOutputs says that a pass gave the candidates other outputs on purpose: their answers are not compared with the others'.
	otherOutputs bool
	// otherInputs says so of the inputs: each model is measured with its own.
	otherInputs bool
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
	for _, f := range a.files() {
		errs = append(errs, f.Close())
	}
	return errors.Join(errs...)
}

// files are the models that are there.
func (a Arms) files() []*model.File {
	return slices.DeleteFunc(append([]*model.File{a.Baseline, a.AsTrained}, a.Candidates...), func(f *model.File) bool { return f == nil })
}

// unchanged is an error if a file is no longer the one that was opened: the engines open it by its name.
func (a Arms) unchanged() error {
	for _, f := range a.files() {
		if err := f.Unchanged(); err != nil {
			return err
		}
		for _, path := range append([]string{f.Path()}, f.External()...) {
			if !f.Is(path) {
				return fmt.Errorf("the file %s was replaced while it was read; run this again when nobody writes to it", path)
			}
		}
	}
	return nil
}

// plain is the record of the baseline; nil where that is the candidates' own function.
func (a Arms) plain() (*reports.Model, error) {
	if a.SameFunction {
		return nil, nil //nolint:nilnil // There is none, which is no error.
	}
	return describe(a.Baseline)
}

// job turns paths and engines into what package bench wants.
func (t Toolbox) job(arms Arms, settings benchSettings) (bench.Job, error) {
	job := bench.Job{Options: settings.options}
	const trained = "as_trained"
	var errs []error
	add := func(f *model.File, function string) bench.Arm {
		a, err := newArm(f, function)
		errs = append(errs, err)
		return a
	}
	shared := ""
	if (arms.AsTrained != nil || arms.SameFunction) && !arms.otherOutputs {
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
	same := backends.SameInterface
	if arms.otherOutputs {
		same = backends.SameInputs
	}
	job.OtherInputs = arms.otherInputs
	for _, c := range job.Candidates {
		if arms.otherInputs {
			break
		}
		if err := same(job.Baseline.Model, c.Model); err != nil {
			return job, err
		}
	}
	if settings.data.Path != "" && !arms.otherInputs { // data are for the inputs of one model
		job.Samples = samplesOf(settings.data, job.Baseline.Model)
	}
	for _, b := range settings.backends {
		spec, err := t.spec(b)
		if err != nil {
			return job, outcomef(ErrUsage, "%w", err)
		}
		spec.Threads = backends.OwnThreads(b.Backend)
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
		Files: bench.Files{SHA256: digest.SHA256, ModelSHA256: digest.ModelSHA256, Bytes: digest.Bytes, Weights: (*bench.Weights)(&weights)},
	}, err
}
