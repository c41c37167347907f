package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"

	"github.com/acdeploy/acdeploy"
	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/mutant"
	"github.com/acdeploy/acdeploy/model"
	"github.com/acdeploy/acdeploy/onnx/mapped"
	"github.com/acdeploy/acdeploy/passes"
	"github.com/acdeploy/acdeploy/pipeline"
	"github.com/acdeploy/acdeploy/tensor"
	"github.com/acdeploy/acdeploy/verify"
)

// way is how a fault gets into a model.
type way string

// The ways.
const (
	inMemory way = "memory"  // a wrong pass made it
	inFile   way = "file"    // the file was changed after it was saved
	foreign  way = "foreign" // another program fused, and made it
)

func ways() []way { return []way{inMemory, inFile, foreign} }

// cell is a network of one type with one head, opened once for all its mutants.
type cell struct {
	tools    acdeploy.Toolbox
	settings acdeploy.VerifySettings
	steps    []pipeline.Step
	folder   string
	source   *model.File // as trained
	sound    *model.File // what the passes make of it
	raw      []byte      // the file of sound
	parts    *parts      // of the sound model
	whole    bool        // compare from one end to the other even where a part decides
}

// openCell builds a network, and what the passes make of it.
func openCell(ctx context.Context, tools acdeploy.Toolbox, s subject, elem tensor.Type, head, folder string) (*cell, error) {
	m, closeModel, err := s.build()
	if err != nil {
		return nil, err
	}
	defer func() { _ = closeModel() }()
	m = m.Clone()
	if err := retype(m, elem); err != nil {
		return nil, fmt.Errorf("make it %s: %w", elem, err)
	}
	mutant.PutHead(m.Graph, head)
	c := &cell{tools: tools, folder: folder, settings: acdeploy.VerifySettings{Options: verify.Defaults(), Shapes: s.shapes}}
	if _, err := mapped.Save(ctx, c.path("trained"), m, mapped.Options{}); err != nil {
		return nil, err
	}
	if c.steps, err = acdeploy.DefaultSteps(passes.Catalog(), nil); err != nil {
		return nil, err
	}
	if c.source, err = model.Open(c.path("trained")); err != nil {
		return nil, err
	}
	fused, err := acdeploy.Fuse(ctx, c.source, c.steps, pipeline.Options{})
	if err != nil {
		return nil, errors.Join(err, c.close())
	}
	if _, err := fused.Save(ctx, c.path("sound")); err != nil {
		return nil, errors.Join(err, c.close())
	}
	if c.sound, err = model.Open(c.path("sound")); err != nil {
		return nil, errors.Join(err, c.close())
	}
	if c.raw, err = os.ReadFile(c.path("sound")); err != nil {
		return nil, errors.Join(err, c.close())
	}
	if err := model.Do(func() error { return c.takeApart(ctx) }); err != nil {
		return nil, errors.Join(err, c.close())
	}
	return c, nil
}

func (c *cell) close() error {
	err := c.source.Close()
	if c.sound != nil {
		err = errors.Join(err, c.sound.Close())
	}
	if c.parts != nil {
		err = errors.Join(err, c.parts.was.Close())
	}
	return err
}

func (c *cell) path(name string) string { return filepath.Join(c.folder, name+".onnx") }

// right compares the sound model, or the same in disguise. alarm says why it was called different, unsure why it could not be
// compared; both are "" if it was called the same.
func (c *cell) right(ctx context.Context, w way) (alarm, unsure string, err error) {
	var found *acdeploy.Verification
	if w == inMemory {
		found, err = c.wrongPass(ctx, nil)
	} else {
		m := c.sound.Model().Clone()
		disguise(m)
		found, err = c.opened(ctx, m)
	}
	if err != nil {
		return "", "", err
	}
	switch err := found.Judge(); {
	case errors.Is(err, acdeploy.ErrDiffer):
		return err.Error(), "", nil
	case err != nil:
		return "", err.Error(), nil
	}
	return "", "", nil
}

// wrongPass fuses with one more pass, and verifies as fuse does.
func (c *cell) wrongPass(ctx context.Context, fault *lastly) (*acdeploy.Verification, error) {
	steps := slices.Clone(c.steps)
	if fault != nil {
		steps = append(append([]pipeline.Step{{Name: "watch", Pass: &fault.watch}}, steps...), pipeline.Step{Name: "fault", Pass: fault})
	}
	fused, err := acdeploy.Fuse(ctx, c.source, steps, pipeline.Options{})
	if err != nil {
		return nil, err
	}
	saved, err := fused.Save(ctx, c.path("wrong"))
	if err != nil {
		return nil, err
	}
	return c.tools.Verify(ctx, saved.Pair(), c.settings, nil)
}

// opened writes a model and verifies it as a file of unknown origin.
func (c *cell) opened(ctx context.Context, m *graph.Model) (*acdeploy.Verification, error) {
	if _, err := c.sound.Save(ctx, c.path("second"), m); err != nil {
		return nil, err
	}
	pair, err := acdeploy.OpenPair(ctx, c.path("trained"), c.path("second"), c.steps, pipeline.Options{})
	if err != nil {
		return nil, err
	}
	found, err := c.tools.Verify(ctx, pair, c.settings, nil)
	return found, errors.Join(err, pair.Close())
}

// judged is what a comparison makes of a model of unknown origin. It ends where a part of the model decides, unless the cell compares
// the whole.
func (c *cell) judged(ctx context.Context, m *graph.Model) verdict {
	if !c.whole && c.parts != nil {
		if found, err := c.partsOfFile(ctx, m); err == nil && found.by != "" {
			return found
		}
	}
	return judge(c.opened(ctx, m))
}

// judgedInMemory is what a comparison makes of a fault that a wrong pass makes. An engine is asked where the cell has one.
func (c *cell) judgedInMemory(ctx context.Context, m mutantOf) (v verdict, made mutant.Mutant, found *acdeploy.Verification, err error) {
	var part verdict
	if c.parts != nil {
		part, made, err = c.partsInMemory(ctx, m)
		if err != nil || part.by != "" && !c.whole && len(c.settings.Backends) == 0 {
			return part, made, nil, err
		}
	}
	wrong := &lastly{mutant: m}
	found, err = c.wrongPass(ctx, wrong)
	if v = judge(found, err); found != nil {
		v.told = warns(found, wrong.made)
	}
	if part.by != "" && v.by == "" {
		v.told = false
		v.detail = "a part of it differs, and the whole is called the same"
	}
	return v, wrong.made, found, nil
}

// verdict is what became of one mutant in one way.
type verdict struct {
	by     string // the statement that noticed it; "" for none
	told   bool   // whether it changes next to nothing, of a layer that a warning names as one of which a change would not be noticed
	detail string
}

// The statements, and what else may end a comparison.
const (
	byAlgebra = "algebra"
	byBytes   = "bytes"
	byEngine  = "engine"
	byOutputs = "outputs" // in float64, from one end to the other
	byError   = "error"   // the model does not run at all
	byFloat64 = "float64" // the engine of the outputs' check
)

func statements() []string { return []string{byBytes, byAlgebra, byOutputs, byEngine, byError} }

func judge(found *acdeploy.Verification, err error) verdict {
	if err != nil {
		return verdict{by: byError, detail: err.Error()}
	}
	err = found.Judge()
	if err == nil || !errors.Is(err, acdeploy.ErrDiffer) {
		return verdict{detail: fmt.Sprintf("%s, %v", found.Describe(), err)}
	}
	switch {
	case found.Bytes != nil && !found.Bytes.Equal && found.Bytes.Detail == "" && !found.Bytes.Rounded():
		return verdict{by: byBytes}
	case found.Algebra != nil && !found.Algebra.Equal():
		return verdict{by: byAlgebra}
	}
	for _, check := range found.Checks {
		if check.Backend != byFloat64 && !check.Equal() {
			return verdict{by: byEngine}
		}
	}
	return verdict{by: byOutputs}
}

// mutantOf is the k-th fault of a cell: the same one in every way.
type mutantOf struct {
	kind    mutant.Kind
	epsilon float64
	seed    uint64
}

func (m mutantOf) draw(g *graph.Graph) (mutant.Mutant, bool) {
	rng := rand.New(rand.NewPCG(m.seed, 1))
	kinds := mutant.Kinds()
	first := slices.Index(kinds, m.kind)
	for k := range kinds {
		if fault, ok := mutant.Draw(g, kinds[(first+k)%len(kinds)], m.epsilon, rng); ok {
			return fault, true
		}
	}
	return mutant.Mutant{}, false
}

// seedOf makes a seed of words.
func seedOf(words ...any) uint64 {
	h := fnv.New64a()
	_, _ = fmt.Fprint(h, words...)
	return h.Sum64()
}

// epsilonOf is by how much a mutant changes weights: a thousandth, and more where the type rounds more.
func epsilonOf(t tensor.Type) float64 {
	switch t {
	case tensor.Float16:
		return 16 * 0x1p-11
	case tensor.BFloat16:
		return 16 * 0x1p-8
	}
	return 1e-3
}

// outcome is what became of a mutant.
type outcome struct {
	fault     mutant.Mutant
	sameBytes bool
	sameValue bool
	in        map[way]verdict
	onEngine  [2]int // whether an engine ran it, and noticed it
}

// try tries a mutant in every way; false where the model has no place for one.
func (c *cell) try(ctx context.Context, m mutantOf) (*outcome, bool, error) {
	changed := c.sound.Model().Clone()
	fault, ok := m.draw(changed.Graph)
	if !ok {
		return nil, false, nil
	}
	fault.Apply()
	o := &outcome{fault: fault, in: map[way]verdict{}}
	o.in[inFile] = c.judged(ctx, changed)
	if ctx.Err() != nil {
		return nil, false, ctx.Err()
	}
	raw, err := os.ReadFile(c.path("second"))
	if err != nil {
		return nil, false, err
	}
	if bytes.Equal(raw, c.raw) {
		o.sameBytes = true
		return o, true, nil
	}
	disguised := changed.Clone()
	disguise(disguised)
	o.in[foreign] = c.judged(ctx, disguised)
	v, made, found, err := c.judgedInMemory(ctx, m)
	if err := errors.Join(ctx.Err(), err); err != nil {
		return nil, false, err
	}
	v.told = v.told && slight(c.sound.Model().Graph, changed.Graph)
	o.in[inMemory] = v
	o.engine(found)
	if made.String() != fault.String() {
		return nil, false, fmt.Errorf("the mutant is %q in memory and %q in the file", made, fault)
	}
	for _, v := range o.in {
		if v.by == "" && !o.sameValue {
			o.sameValue, err = c.equivalent(ctx, changed)
		}
	}
	return o, true, err
}

// engine notes what an engine made of a mutant.
func (o *outcome) engine(found *acdeploy.Verification) {
	if found == nil {
		return
	}
	for _, check := range found.Checks {
		if check.Backend == byFloat64 {
			continue
		}
		o.onEngine[0] = 1
		if !check.Equal() {
			o.onEngine[1] = 1
		}
	}
}

// lastly is a pass that makes one fault when the passes before it have nothing more to do.
type lastly struct {
	mutant mutantOf
	watch  watch
	done   bool
	made   mutant.Mutant
}

// watch is a pass that notes how often the graph had been changed when a round began.
type watch struct{ edits uint64 }

// Run implements [pipeline.Pass].
func (w *watch) Run(_ context.Context, r *pipeline.Rewriter) error {
	w.edits = r.Graph().Edits()
	return nil
}

// Run implements [pipeline.Pass].
func (l *lastly) Run(_ context.Context, r *pipeline.Rewriter) error {
	if l.done || r.Graph().Edits() != l.watch.edits {
		// The runner stops after a round without a rewrite, so the fault comes in the first round that changed nothing before it.
		return nil
	}
	fault, ok := l.mutant.draw(r.Graph())
	if !ok {
		return errors.New("the graph has no place for the fault")
	}
	l.done, l.made = true, fault
	r.Rewrite(fault.Node, "a fault", fault.Apply)
	return nil
}
