package acdeploy

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/acdeploy/acdeploy/configs"
	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/bisect"
	"github.com/acdeploy/acdeploy/internal/human"
	"github.com/acdeploy/acdeploy/model"
	"github.com/acdeploy/acdeploy/pipeline"
	"github.com/acdeploy/acdeploy/reports"
)

// Staged is a fused model whose file is written and has no name yet: it gets its name when it has passed the
// checks.
type Staged struct {
	*Fused
	file *model.Staged
	doc  *reports.Fuse
}

// Stage writes a model that is to become the file path. It does not write over the file that the model came from.
func (f *Fused) Stage(ctx context.Context, path string) (*Staged, error) {
	if err := folderOf(path); err != nil {
		return nil, err
	}
	file, err := f.source.Stage(ctx, path, f.model, f.naming)
	if err != nil {
		return nil, cannotWrite(path, err)
	}
	var doc *reports.Fuse
	if err = f.source.Hashed(ctx); err == nil { // it was computed while the model was written
		doc, err = f.Document()
	}
	if err != nil {
		return nil, errors.Join(err, file.Discard())
	}
	return &Staged{Fused: f, file: file, doc: doc}, nil
}

// Document is the record of what the passes did. Its output is null: there is no file of that name yet.
func (s *Staged) Document() *reports.Fuse { return s.doc }

// Accept checks a model that was staged, and ends its staging. If its answers are those of the original, it gets
// its name. If not, or if that could not be shown, it is kept as [model.RejectedPath] says, and the error says
// why. After an interrupt nothing is kept, and Saved is nil. Verification is what was done where it came to no end, nil where that is nothing.
func (j *Job) Accept(ctx context.Context, s *Staged, observe Observer) (*Saved, *Verification, error) {
	found, err := j.judge(ctx, s, observe)
	if err == nil {
		saved, err := s.commit()
		return saved, found, err
	}
	if ctx.Err() == nil && errors.Is(err, ErrDiffer) {
		err = errors.Join(err, j.blame(ctx, s, observe))
	}
	if ctx.Err() != nil {
		return nil, found, errors.Join(err, s.file.Discard())
	}
	saved, failed := s.reject(ctx, err)
	if saved != nil && found != nil {
		found.pair[1] = *saved.doc.Output
	}
	return saved, found, errors.Join(err, failed)
}

// blame names the first rewrite that changes the answers, where float64 finds one; nil otherwise. No program is started again: where one is
// among the passes, the model as it left it is compared, and the rewrites before and behind it are searched by themselves.
func (j *Job) blame(ctx context.Context, s *Staged, observe Observer) error {
	began, from := s.source.Model(), 0
	for at, p := range s.result.Passes {
		if p.Made == nil {
			continue
		}
		if err := j.blamed(ctx, began, from, at, observe); err != nil {
			return err
		}
		if j.broke(ctx, s, p.Made) {
			return outcomef(ErrDiffer, "they differ from pass %s on, %s, at %s: %s; acdeploy bisect CONFIG shows it in small, and starts the program again and again",
				p.Name, human.CommandLine(p.Program.Command), p.Rewrites[0].Node, p.Rewrites[0].Detail)
		}
		began, from = p.Made, at+1
	}
	if err := j.blamed(ctx, began, from, len(s.result.Passes), observe); err != nil || !StartsProgram(j.steps) {
		return err
	}
	return outcomef(ErrDiffer, "to find the rewrite that changes them, run acdeploy bisect CONFIG; it starts the program among the passes again and again")
}

// broke reports whether the model differs from the one that the passes began with, as soon as a program has changed it.
func (j *Job) broke(ctx context.Context, s *Staged, made *graph.Model) bool {
	test := bisect.Rounded(j.tools.Exact, j.cfg.Verify, j.cfg.Bench.Shapes.First())
	bad := false
	err := model.Do(func() (err error) {
		bad, err = test(ctx, s.source.Model(), made, s.result.Entrances)
		return err
	})
	return err == nil && bad
}

// blamed names the first rewrite of some of the passes that changes what a model answers; nil where float64 finds none. Programs are left out.
func (j *Job) blamed(ctx context.Context, began *graph.Model, from, to int, observe Observer) error {
	search := bisect.Search{
		Model: began, Limits: LimitsOf(j.cfg),
		Steps: func() ([]pipeline.Step, error) {
			steps, err := j.tools.Steps(j.cfg)
			if err == nil && to == len(steps) { // in the next round those before a program come after it
				steps = append(slices.Clone(steps[from:]), steps[:from]...)
			} else if err == nil {
				steps = steps[from:to]
			}
			return new(Pair).withoutPrograms(steps), err
		},
		Tests: []bisect.Test{bisect.Proof(j.tools.Exact, j.cfg.Verify, j.cfg.Bench.Shapes.First())},
		Tell:  func(note string) { observe.progress(StageVerify, 0, 0, "which rewrite is it: %s", note) },
	}
	var f *bisect.Found
	err := model.Do(func() (err error) { f, err = search.First(ctx); return err })
	if err != nil {
		return nil //nolint:nilerr // that the answers differ has been said
	}
	if StartsProgram(j.steps) { // whose rewrites count, too
		return outcomef(ErrDiffer, "they differ from a rewrite of pass %s on, at %s: %s; acdeploy bisect CONFIG shows it in small, and starts the program among the passes again and again",
			f.Pass, f.Node, f.Detail)
	}
	return outcomef(ErrDiffer, "they differ from rewrite %d of %d on, by pass %s at %s: %s; acdeploy bisect shows it in small", f.Number, f.Of, f.Pass, f.Node, f.Detail)
}

// StartsProgram reports whether a pass is a program of its own.
func StartsProgram(steps []pipeline.Step) bool {
	return slices.ContainsFunc(steps, func(s pipeline.Step) bool { _, ok := s.Pass.(pipeline.Starter); return ok })
}

// judge is the checks that a model has to pass. What is not fused is not verified.
func (j *Job) judge(ctx context.Context, s *Staged, observe Observer) (*Verification, error) {
	if err := j.Require(s.Fused); err != nil {
		return nil, err
	}
	found, err := j.Verify(ctx, s.compared(), observe)
	if err != nil {
		return found, err
	}
	return found, found.Judge()
}

// Require is the error of a job that requires a fused model, if nothing was fused.
func (j *Job) Require(f *Fused) error { return requireFused(j.cfg, f.doc) }

func requireFused(cfg configs.Config, f *reports.Fuse) error {
	if !cfg.RequireFused || f.FusedAnything() {
		return nil
	}
	why := f.NothingFused
	if why == "" {
		why = "the model has no batch normalisation and no branches"
	}
	return outcomef(ErrGate, "nothing was fused, but is required: %s", why)
}

func (s *Staged) commit() (*Saved, error) {
	file, err := s.file.Commit()
	if err != nil {
		return nil, err
	}
	return s.saved(file)
}

// reject keeps the model under the name that tells what it is.
func (s *Staged) reject(ctx context.Context, why error) (*Saved, error) {
	file, err := s.file.Reject(ctx)
	if err != nil {
		return nil, err
	}
	saved, err := s.saved(file)
	if err != nil {
		return nil, err
	}
	saved.doc.Rejected = strings.ReplaceAll(why.Error(), "\n", "; ")
	return saved, nil
}
