package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/acdeploy/acdeploy"
	"github.com/acdeploy/acdeploy/bench"
	"github.com/acdeploy/acdeploy/model"
	"github.com/acdeploy/acdeploy/onnx/mapped"
	"github.com/acdeploy/acdeploy/pipeline"
	"github.com/acdeploy/acdeploy/reports"
	"github.com/acdeploy/acdeploy/verify"
)

// wildRow is what the proof says of a sound fusion.
type wildRow struct {
	Group    string                 `json:"group"`
	Model    string                 `json:"model"`
	Source   string                 `json:"source,omitempty"` // package and version
	Setup    setup                  `json:"setup"`
	Engine   string                 `json:"engine"`            // "" for none
	Skipped  string                 `json:"skipped,omitempty"` // why it could not be tried
	Before   int                    `json:"before"`            // nodes
	After    int                    `json:"after"`
	Bytes    [2]int64               `json:"bytes"`            // of the files, before and after
	Ops      map[string]int         `json:"ops,omitempty"`    // nodes after, by operator, Constant nodes left out
	Norms    map[string]int         `json:"norms,omitempty"`  // each BatchNormalization that is left, by why
	Load     *loadRatio             `json:"load,omitempty"`   // in the engine
	Others   map[string]otherResult `json:"others,omitempty"` // by optimiser and version
	Passes   map[string]int         `json:"passes"`           // rewrites
	Seeds    int                    `json:"seeds"`
	Exits    map[string]int         `json:"exits"` // seeds by exit code
	Proof    string                 `json:"proof"` // the least
	Regions  int                    `json:"regions"`
	Compared int                    `json:"compared"` // of them, the least
	Region   bench.Float            `json:"region"`   // the largest difference of a region, and of an output in float64
	Exact    bench.Float            `json:"exact"`
	OnEngine bench.Float            `json:"on_engine"` // of an output on the engine
	Allowed  bench.Float            `json:"allowed"`   // there
	Reasons  []string               `json:"reasons,omitempty"`
	Alarms   []string               `json:"alarms,omitempty"` // exit code 3
	Errors   []string               `json:"errors,omitempty"` // exit code 1
	Seconds  float64                `json:"seconds"`
	folder   string                 // that the models are in, which no reason names
}

// wild is the trial of sound fusions as far as it has come.
type wild struct {
	tools      acdeploy.Toolbox
	engine     []acdeploy.Backend
	version    string // of the engine
	steps      []pipeline.Step
	subjects   []subject
	optimisers []optimiser
	seeds      int
	setup      setup
	rows       []wildRow
	keep       func([]wildRow) error
}

// try fuses and verifies what is not in the rows yet.
func (w *wild) try(ctx context.Context) error {
	for _, s := range w.subjects {
		if slices.ContainsFunc(w.rows, func(r wildRow) bool { return r.Group == s.group && r.Model == s.name && r.Seeds >= w.seeds }) {
			continue
		}
		r, err := w.one(ctx, s)
		if err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
		if r == nil {
			continue
		}
		w.rows = slices.DeleteFunc(w.rows, func(o wildRow) bool { return o.Group == s.group && o.Model == s.name })
		w.rows = append(w.rows, *r)
		fmt.Printf("%s %s: %s\n", r.Group, r.Model, r.summary())
		if err := w.keep(w.rows); err != nil {
			return err
		}
	}
	return nil
}

func (r wildRow) summary() string {
	if r.Skipped != "" {
		return "skipped: " + r.Skipped
	}
	lines := []string{fmt.Sprintf("%d → %d nodes, %s, exit codes %v", r.Before, r.After, r.Proof, r.Exits)}
	for _, a := range r.Alarms {
		lines = append(lines, "  false alarm: "+a)
	}
	for _, e := range r.Errors {
		lines = append(lines, "  error: "+e)
	}
	return strings.Join(lines, "\n")
}

// one tries a model; nil where the passes leave a published test as it is.
func (w *wild) one(ctx context.Context, s subject) (_ *wildRow, err error) {
	start := time.Now()
	r := &wildRow{
		Group: s.group, Model: s.name, Source: s.source, Setup: w.setup, Engine: w.version, Seeds: w.seeds,
		Passes: map[string]int{}, Exits: map[string]int{}, Region: -1, Exact: -1, OnEngine: -1,
	}
	folder, err := os.MkdirTemp("", "acdeploy-trial-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(folder) }()
	r.folder = folder + string(filepath.Separator)
	m, closeModel, err := s.build()
	if err != nil {
		r.Skipped = err.Error()
		return r, nil
	}
	path := filepath.Join(folder, "trained.onnx")
	_, err = mapped.Save(ctx, path, m, mapped.Options{})
	if err := errors.Join(err, closeModel()); err != nil {
		return nil, err
	}
	source, err := model.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, source.Close()) }()
	fused, err := acdeploy.Fuse(ctx, source, w.steps, pipeline.Options{})
	if err != nil {
		r.Skipped = err.Error()
		return r, nil
	}
	saved, err := fused.Save(ctx, filepath.Join(folder, "fused.onnx"))
	if err != nil {
		return nil, err
	}
	r.describe(saved.Document())
	if len(r.Passes) == 0 && s.group == groupCorpus {
		return nil, nil
	}
	declaredBefore := acdeploy.Declared(source)
	w.load(ctx, r, declaredBefore, declared(saved, declaredBefore))
	w.others(ctx, r, path)
	for seed := range w.seeds {
		options := verify.Defaults()
		options.Seed = uint64(seed + 1)
		found, err := w.tools.Verify(ctx, saved.Pair(), acdeploy.VerifySettings{Options: options, Shapes: s.shapes, Backends: w.engine}, nil)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if errors.Is(err, acdeploy.ErrUsage) {
			r.Skipped = r.plain(err.Error())
			return r, nil
		}
		if err == nil {
			r.add(found)
			err = found.Judge()
		}
		r.judge(err)
	}
	r.Seconds = math.Round(time.Since(start).Seconds()*10) / 10
	return r, nil
}

// describe notes what the passes did.
func (r *wildRow) describe(f *reports.Fuse) {
	r.Before, r.After = f.Before.Nodes, f.After.Nodes
	r.Bytes = [2]int64{f.Input.Bytes, f.Output.Bytes}
	r.Ops = withoutConstants(f.After.Ops)
	for _, why := range f.Refusals {
		if why.Pass == "fold_batchnorm" && f.After.Ops["BatchNormalization"] > 0 {
			if r.Norms == nil {
				r.Norms = map[string]int{}
			}
			r.Norms[why.Reason]++
		}
	}
	for _, p := range f.Passes {
		if p.Rewrites > 0 {
			r.Passes[p.Name] = p.Rewrites
		}
	}
}

// add notes what a comparison saw.
func (r *wildRow) add(v *acdeploy.Verification) {
	if r.Proof == "" || !v.Proof.AtLeast(verify.Proof(r.Proof)) {
		r.Proof = string(v.Proof)
	}
	if a := v.Algebra; a != nil {
		if r.Regions == 0 {
			r.Compared = a.Compared
		}
		r.Regions, r.Compared = a.Regions, min(r.Compared, a.Compared)
		if a.Worst != nil {
			r.Region = max(r.Region, bench.Float(a.Worst.MaxRel))
		}
		for _, n := range a.NotCompared {
			r.reason(n.Reason)
		}
	}
	for _, s := range v.Skipped {
		r.reason(s.Backend + ": " + s.Reason)
	}
	for _, c := range v.Checks {
		for _, o := range c.Outputs {
			switch {
			case c.Backend == "float64":
				r.Exact = max(r.Exact, bench.Float(o.MaxRel))
			case o.Tolerance > 0 && (r.OnEngine < 0 || o.MaxRel/o.Tolerance > verify.Number(r.OnEngine/r.Allowed)):
				r.OnEngine, r.Allowed = bench.Float(o.MaxRel), bench.Float(o.Tolerance)
			}
		}
	}
}

// A row keeps so many reasons, and of each so many bytes.
const (
	mostReasons = 2
	longest     = 240
)

func (r *wildRow) reason(text string) {
	text = r.plain(text)
	if !slices.Contains(r.Reasons, text) && len(r.Reasons) < mostReasons {
		r.Reasons = append(r.Reasons, text)
	}
}

// plain is a text in one line, without the folder of the trial.
func (r *wildRow) plain(text string) string {
	text = strings.ReplaceAll(text, "\n", " ")
	if r.folder != "" {
		text = strings.ReplaceAll(text, r.folder, "")
	}
	if len(text) > longest {
		text = strings.ToValidUTF8(text[:longest], "") + " …"
	}
	return text
}

// judge counts an exit code, as the program gives it. An error is no verdict; it is kept apart from a false alarm.
func (r *wildRow) judge(err error) {
	switch {
	case err == nil:
		r.Exits["0"]++
	case errors.Is(err, acdeploy.ErrDiffer):
		r.Exits["3"]++
		r.Alarms = append(r.Alarms, r.plain(err.Error()))
	case errors.Is(err, acdeploy.ErrMissing):
		r.Exits["5"]++
		r.reason(err.Error())
	default:
		r.Exits["1"]++
		r.Errors = append(r.Errors, r.plain(err.Error()))
	}
}
