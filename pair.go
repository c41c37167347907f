package acdeploy

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/human"
	"github.com/acdeploy/acdeploy/internal/naming"
	"github.com/acdeploy/acdeploy/internal/osfile"
	"github.com/acdeploy/acdeploy/model"
	"github.com/acdeploy/acdeploy/pipeline"
	"github.com/acdeploy/acdeploy/reports"
	"github.com/acdeploy/acdeploy/tensor"
	"github.com/acdeploy/acdeploy/verify"
)

// Pair is two models whose answers have to agree.
type Pair struct {
	before, after   backends.Model
	original, fused *graph.Model        // in memory, to run in float64
	algebra         bool                // fused came of original by rewrites, its changed initializers unrounded
	bytes           *verify.BytesResult // of the second file against what the passes make; nil until it is compared
	files           [2]reports.File
	opened          []*model.File // by [OpenPair]
	programs        []string      // that changed fused, and rounded what they computed
	left            []string      // programs that are among the passes, and were not started
	touched         []string      // values of the second model that the other passes do not make as they are
	source          *model.File   // of the first model
	// reshaped says that a pass changed the inputs or outputs because that is what it is for.
	reshaped bool
	// entrances are fused as each pass left it that changed the inputs; their values have the origins that origin gives.
	entrances []*graph.Model
	// origin gives the value of original that one of fused is a copy of; nil for none.
	origin func(*graph.Value) *graph.Value
	lost   []verify.NotCompared // outputs of the second model that are no value of the first
	told   []verify.Warning     // which inputs and outputs are others on purpose
}

// Pair is the model as trained and the fused one, both as they are in memory.
func (s *Saved) Pair() *Pair { return s.pair(s.file, s.file.Path, s.doc.Input) }

// compared is the model as trained and the fused one, which is called by the name that it is to get.
func (s *Staged) compared() *Pair { return s.pair(s.file.Saved(), s.file.Path(), s.doc.Input) }

// pair is the model with the fused one, whose file is at a path.
func (f *Fused) pair(file model.Saved, at string, input reports.File) *Pair {
	after := declared(file.Path, model.SignatureOf(f.model))
	after.Path = at
	return &Pair{
		before: Declared(f.source), after: after,
		original: f.source.Model(), fused: f.model, algebra: true, origin: (*graph.Value).Origin,
		files:    [2]reports.File{input, *output(file)},
		programs: f.programs(),
		source:   f.source, reshaped: f.result.ChangedInterface(), entrances: f.result.Entrances,
	}
}

// Declared is an open model as an engine is given it.
func Declared(f *model.File) backends.Model { return declared(f.Path(), f.Signature()) }

func declared(path string, s model.Signature) backends.Model {
	return backends.Model{Name: path, Path: path, Inputs: s.Inputs, Outputs: s.Outputs}
}

// OpenPair opens two model files. If the steps make the second of the first, each number bit by bit, the pair can be
// compared in real arithmetic. Otherwise nothing is known of how the second came of the first. A step that starts a program is left out.
func OpenPair(ctx context.Context, a, b string, steps []pipeline.Step, opts pipeline.Options) (*Pair, error) {
	p := &Pair{origin: (*graph.Value).Origin}
	steps = p.withoutPrograms(steps)
	if err := p.open(ctx, a, b, steps, opts); err != nil {
		return nil, errors.Join(err, p.Close())
	}
	return p, nil
}

func (p *Pair) open(ctx context.Context, a, b string, steps []pipeline.Step, opts pipeline.Options) error {
	for i, path := range []string{a, b} {
		f, err := model.Open(path)
		if err != nil {
			return err
		}
		p.opened = append(p.opened, f)
		if p.files[i], err = document(f); err != nil {
			return err
		}
	}
	first, second := p.opened[0], p.opened[1]
	p.before, p.after = Declared(first), Declared(second)
	p.original, p.fused, p.source = first.Model(), second.Model(), first
	again, err := Fuse(ctx, first, steps, opts)
	if err != nil {
		return err
	}
	written, err := compareGraphs(again.model, second.Model())
	if err != nil {
		return fmt.Errorf("compare with %s: %w", second.Path(), err)
	}
	p.bytes, p.reshaped = &written, p.reshaped || again.result.ChangedInterface()
	if written.Equal { // then its changed initializers are known unrounded
		p.fused, p.algebra, p.entrances = again.model, true, again.result.Entrances
		return nil
	}
	if len(p.left) > 0 {
		if p.touched, err = model.Otherwise(again.model, second.Model()); err != nil {
			return fmt.Errorf("compare with %s: %w", second.Path(), err)
		}
	}
	if p.reshaped && backends.SameInputs(p.before, p.after) != nil {
		p.entrances = []*graph.Model{p.fused}
	}
	return nil
}

// Made says what became of the nodes of the first model where the passes make the second of it, number by number. It is false where
// they do not, or where one of them fails. A pass that starts a program is left out.
func (j *Job) Made(ctx context.Context, first, second *model.File) ([]reports.Became, bool, error) {
	again, err := Fuse(ctx, first, new(Pair).withoutPrograms(j.steps), j.limits())
	if ctx.Err() != nil {
		return nil, false, err
	}
	if err != nil {
		return nil, false, nil //nolint:nilerr // then it is no pass that made the second
	}
	written, err := compareGraphs(again.model, second.Model())
	return again.became, err == nil && written.Equal, err
}

// Programs are the commands of the passes that start a program, as a person would type them. Only fusing starts them.
func (j *Job) Programs() []string {
	var p Pair
	p.withoutPrograms(j.steps)
	return p.left
}

// withoutPrograms leaves out the steps that start a program, and notes what is not done then.
func (p *Pair) withoutPrograms(steps []pipeline.Step) (rest []pipeline.Step) {
	for _, s := range steps {
		starts, ok := s.Pass.(pipeline.Starter)
		if !ok {
			rest = append(rest, s)
			continue
		}
		p.left = append(p.left, human.CommandLine(starts.Starts()))
		p.reshaped = p.reshaped || mayReshape(s)
	}
	return rest
}

// mayReshape reports whether a pass may change inputs and outputs on purpose.
func mayReshape(s pipeline.Step) bool {
	changes, ok := s.Pass.(pipeline.InterfaceChanger)
	return ok && changes.ChangesInterface()
}

// compareGraphs compares a file with what the passes make, whatever names the file has for the values between inputs and outputs. What
// the passes made is then called by these names.
func compareGraphs(made, file *graph.Model) (verify.BytesResult, error) {
	r, err := verify.CompareBytes(made, file)
	if err != nil || r.Detail == "" || !naming.As(file, made) {
		return r, err
	}
	r, err = verify.CompareBytes(made, file)
	r.Renamed = true
	return r, err
}

// written compares the second file with what the passes make of the first.
func (p *Pair) written() (verify.BytesResult, error) {
	if p.bytes != nil {
		return *p.bytes, nil
	}
	f, err := model.Open(p.after.Path)
	if err != nil {
		return verify.BytesResult{}, err
	}
	r, err := verify.CompareBytes(p.fused, f.Model())
	return r, errors.Join(err, f.Close())
}

// meeting is the pair to compare where a pass changed the inputs or outputs on purpose. Of the first model those values are read that the
// second one has as outputs, and it takes what the second takes; engines get a copy of its file that is so. End removes the copy.
func (p *Pair) meeting(ctx context.Context) (at *Pair, end func() error, err error) {
	if !p.reshaped {
		return p, func() error { return nil }, nil
	}
	origin := (*graph.Value).Origin
	if !p.algebra { // nothing but its name tells what a value of the second is
		origin = func(v *graph.Value) *graph.Value { return p.original.Graph.Lookup(v.Name()) }
	}
	seen, err := model.ViewAt(p.original, p.fused, p.entrances, origin)
	if err != nil {
		return nil, nil, fmt.Errorf("compare %s with %s: %w", p.before.Name, p.after.Name, err)
	}
	view := *p
	view.original, view.origin = seen.Model, seen.Origin
	for _, v := range seen.Lost {
		view.lost = append(view.lost, verify.NotCompared{Value: v.Name(), Reason: "it is an output that the first model has no value for"})
	}
	view.after.Outputs = slices.DeleteFunc(slices.Clone(p.after.Outputs), func(spec tensor.Spec) bool {
		return slices.ContainsFunc(seen.Lost, func(v *graph.Value) bool { return v.Name() == spec.Name })
	})
	if len(view.after.Outputs) == 0 {
		return nil, nil, fmt.Errorf("compare %s with %s: no output of the second is a value of the first, so there is nothing to compare", p.before.Name, p.after.Name)
	}
	folder, end, err := osfile.MakeScratch("meeting")
	if err != nil {
		return nil, nil, fmt.Errorf("write a copy of %s: %w", p.before.Name, err)
	}
	file, err := p.source.Save(ctx, filepath.Join(folder, "model.onnx"), view.original)
	if err != nil {
		return nil, nil, errors.Join(err, end())
	}
	view.told = append(otherInputs(p.before.Inputs, p.after.Inputs, seen), otherOutputs(p.before.Outputs, view.after.Outputs)...)
	view.before = declared(file.Path, model.SignatureOf(view.original))
	view.before.Name = p.before.Name
	if err := backends.SameInputs(view.before, p.after); err != nil {
		return nil, nil, errors.Join(fmt.Errorf("%w; an input of another type or size needs a name of its own, and the old name is for the value that takes its place", err), end())
	}
	return &view, end, nil
}

// otherInputs tells which inputs are others on purpose, and what is compared then.
func otherInputs(before, after []tensor.Spec, seen model.View) []verify.Warning {
	var list []verify.Warning
	for _, s := range before {
		switch {
		case slices.Contains(seen.Fed, s.Name):
			list = append(list, verify.Warning{Name: s.Name, Reason: "gone_input", Detail: fmt.Sprintf(
				"a pass computes this input on purpose, by %s that the first model has no counterpart for: both get here what these compute, and nothing shows that it is right",
				human.Count(seen.New, "node"))})
		case !declares(after, s.Name):
			list = append(list, verify.Warning{Name: s.Name, Reason: "gone_input", Detail: "a pass took this input away on purpose, or named it anew"})
		}
	}
	for _, s := range after {
		switch {
		case slices.Contains(seen.Cut, s.Name):
			list = append(list, verify.Warning{Name: s.Name, Reason: "new_input", Detail: "a pass made this value of the first model an input on purpose: both are compared from it on, and what computed it is gone"})
		case !declares(before, s.Name):
			list = append(list, verify.Warning{Name: s.Name, Reason: "new_input", Detail: "a pass made it an input on purpose: the answers are compared over numbers for it, and data are for it"})
		}
	}
	return list
}

func declares(specs []tensor.Spec, name string) bool {
	return slices.ContainsFunc(specs, func(s tensor.Spec) bool { return s.Name == name })
}

// otherOutputs tells which outputs are others on purpose, and how they are compared.
func otherOutputs(before, after []tensor.Spec) []verify.Warning {
	var list []verify.Warning
	for _, s := range before {
		if !declares(after, s.Name) {
			list = append(list, verify.Warning{Name: s.Name, Reason: "gone_output", Detail: "a pass took this output away on purpose: it is not compared"})
		}
	}
	for _, s := range after {
		if !declares(before, s.Name) {
			list = append(list, verify.Warning{Name: s.Name, Reason: "new_output", Detail: "a pass made it an output on purpose: it is compared with what the first model computes there"})
		}
	}
	return list
}

// Close closes the files that were opened for the pair. If one of them changed meanwhile, that is an error: what was
// found is then not of the bytes whose digests were taken.
func (p *Pair) Close() error {
	var errs []error
	for _, f := range p.opened {
		errs = append(errs, f.Unchanged(), f.Close())
	}
	return errors.Join(errs...)
}
