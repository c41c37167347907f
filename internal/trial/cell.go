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
	"github.com/acdeploy/acdeploy/backends"
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
	return c, nil
}

func (c *cell) close() error {
	err := c.source.Close()
	if c.sound != nil {
		err = errors.Join(err, c.sound.Close())
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
	pair, err := c.open(ctx, m)
	if err != nil {
		return nil, err
	}
	found, err := c.tools.Verify(ctx, pair, c.settings, nil)
	return found, errors.Join(err, pair.Close())
}

func (c *cell) open(ctx context.Context, m *graph.Model) (*acdeploy.Pair, error) {
	if _, err := c.sound.Save(ctx, c.path("second"), m); err != nil {
		return nil, err
	}
	return acdeploy.OpenPair(ctx, c.path("trained"), c.path("second"), c.steps, pipeline.Options{})
}

// judged is what a comparison makes of a model of unknown origin. Where its numbers decide alone, the rest of the comparison, which
// cannot change that, is left out, unless the cell compares the whole.
func (c *cell) judged(ctx context.Context, m *graph.Model) verdict {
	if c.whole {
		return judge(c.opened(ctx, m))
	}
	pair, err := c.open(ctx, m)
	if err != nil {
		return judge(nil, err)
	}
	if written, err := pair.Written(); err == nil && written.Off(false) {
		_ = pair.Close()
		return verdict{byBytes, ""}
	}
	found, err := c.tools.Verify(ctx, pair, c.settings, nil)
	return judge(found, errors.Join(err, pair.Close()))
}

// verdict is what became of one mutant in one way.
type verdict struct {
	by     string // the statement that noticed it; "" for none
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
		return verdict{byError, err.Error()}
	}
	err = found.Judge()
	if err == nil || !errors.Is(err, acdeploy.ErrDiffer) {
		return verdict{"", fmt.Sprintf("%s, %v", found.Describe(), err)}
	}
	switch {
	case found.Bytes != nil && !found.Bytes.Equal && found.Bytes.Detail == "" && !found.Bytes.Rounded():
		return verdict{byBytes, ""}
	case found.Algebra != nil && !found.Algebra.Equal():
		return verdict{byAlgebra, ""}
	}
	for _, check := range found.Checks {
		if check.Backend != byFloat64 && !check.Equal() {
			return verdict{byEngine, ""}
		}
	}
	return verdict{byOutputs, ""}
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
	wrong := &lastly{mutant: m}
	found, err := c.wrongPass(ctx, wrong)
	o.in[inMemory] = judge(found, err)
	o.engine(found)
	if err := ctx.Err(); err != nil {
		return nil, false, err
	}
	if wrong.made.String() != fault.String() {
		return nil, false, fmt.Errorf("the mutant is %q in memory and %q in the file", wrong.made, fault)
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

// sameValue is how far results are apart that differ by the order of a sum at most.
const sameValue = 1e-15

// equivalent reports whether every region of a mutant has the values that it has in the sound model, over other inputs than
// those of the verification. That every value is the same is asked without the proof, which is what is tried here.
func (c *cell) equivalent(ctx context.Context, changed *graph.Model) (bool, error) {
	sound := c.sound.Model()
	was, err := c.tools.Exact(sound)
	if err != nil {
		return false, err
	}
	defer func() { _ = was.Close() }()
	is, err := c.tools.Exact(changed)
	if err != nil {
		return false, err
	}
	defer func() { _ = is.Close() }()
	const another = 77
	signature := c.sound.Signature()
	inputs, err := verify.Generate(backends.Model{Name: "the network", Inputs: signature.Inputs, Outputs: signature.Outputs}, 4, another, c.settings.Shapes.First())
	if err != nil {
		return false, err
	}
	for _, in := range inputs {
		if same, err := sameValues(ctx, was, is, sound, changed, in); err != nil || !same {
			return false, err
		}
	}
	proof := verify.NewRegionProof(sound, changed, was, is, (*graph.Value).Origin, another)
	for _, in := range inputs {
		if _, _, err := proof.Compare(ctx, in, true); err != nil && !errors.Is(err, verify.ErrFirst) {
			return false, err
		}
	}
	r := proof.Result()
	return r.Compared > 0 && len(r.NotCompared) == 0 && float64(r.Worst.MaxRel) <= sameValue, nil
}

// sameValues reports whether a model that was cloned from another has the other's values.
func sameValues(ctx context.Context, was, is verify.Exact, sound, changed *graph.Model, in tensor.Map) (bool, error) {
	var runs [2]verify.Evaluation
	for k, m := range []*graph.Model{sound, changed} {
		runs[k] = []verify.Exact{was, is}[k].Evaluate()
		for _, v := range m.Graph.Inputs() {
			if t := in[v.Name()]; t != nil {
				if err := runs[k].Set(v, t, t.Type()); err != nil {
					return false, err
				}
			}
		}
		for n := range m.Graph.Nodes() {
			if err := runs[k].Compute(ctx, n); err != nil {
				return false, err
			}
		}
	}
	for n := range changed.Graph.Nodes() {
		v := n.Output(0)
		if v == nil || v.Origin() == nil {
			continue
		}
		a, _, err := runs[0].Value(v.Origin())
		if err != nil {
			return false, err
		}
		b, _, err := runs[1].Value(v)
		if err != nil {
			return false, err
		}
		var d tensor.Difference
		if err := d.AddTensors(a, b); err != nil || !(d.Relative() <= sameValue) {
			return false, nil // other shapes are other values
		}
	}
	return true, nil
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
