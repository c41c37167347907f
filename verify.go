package acdeploy

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"sync"
	"time"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/bench"
	"github.com/acdeploy/acdeploy/dataset"
	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/osfile"
	"github.com/acdeploy/acdeploy/model"
	"github.com/acdeploy/acdeploy/reports"
	"github.com/acdeploy/acdeploy/tensor"
	"github.com/acdeploy/acdeploy/verify"
)

// exactName is what checks in float64 call their engine.
const exactName = "float64"

// VerifySettings says how two models are compared.
type VerifySettings struct {
	Options  verify.Options // how many inputs, from which seed, and what data
	Shapes   bench.Sizes    // of open dimensions; the first of several is taken
	Ranges   []bench.Range  // of generated inputs
	Backends []Backend      // to compare the files on
	require  verify.Proof   // the least that is enough; "" for any
	// Timeout is how long one answer of an engine may take; 0 for the default of package worker.
	Timeout time.Duration
}

// Verification is what a comparison of two models found.
type Verification struct {
	verify.Result
	pair    [2]reports.File
	Skipped []backends.Skip // engines that were not there
	missing []string        // required engines among them
	require verify.Proof    // the least that is asked for; "" for nothing
}

// Verify compares the answers of two models: in float64, where the graphs allow it, and on the engines
// that are there. With an error it returns what was done before; nil where that is nothing.
func (t Toolbox) Verify(ctx context.Context, pair *Pair, settings VerifySettings, observe Observer) (*Verification, error) {
	observe.begin(StageVerify)
	if err := settings.Options.Validate(); err != nil {
		return nil, outcomef(ErrUsage, "verify: %w", err)
	}
	osfile.SweepScratch()
	pair, clean, err := pair.meeting(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { _ = clean() }() // what cannot be removed is swept later
	if err := backends.SameInterface(pair.before, pair.after); err != nil {
		return nil, err
	}
	guests, end := t.isolated(settings.Backends, settings.Timeout)
	defer end()
	settings.Backends = guests
	c := &comparison{
		tools: t, pair: pair, settings: settings, observe: observe, origin: pair.origin, builds: map[string]bool{},
		found: &Verification{pair: pair.files, require: settings.require},
	}
	err = model.Do(func() error { return c.run(ctx) })
	if err != nil {
		return c.stopped(ctx, err), fmt.Errorf("verify %s: %w", pair.after.Name, err)
	}
	observe.end(StageVerify, c.found.Describe(), c.found.figures()...)
	return c.found, nil
}

// comparison is one verification under way.
type comparison struct {
	tools    Toolbox
	pair     *Pair
	settings VerifySettings
	observe  Observer
	found    *Verification
	inputs   []tensor.Map
	made     []verify.GeneratedInput // what the inputs are
	illegal  bool                    // an operator takes none of the integers that were generated
	data     *dataset.Set            // nil for none
	coarsest tensor.Type             // of both models
	layers   int                     // of the deeper one
	checks   []verify.Check
	warnings []verify.Warning
	// strengths is what the comparison of the regions would have noticed.
	strengths []verify.LayerStrength
	untried   int                   // layers about which it says nothing
	builds    map[string]bool       // engines that take long to open a model
	algebra   *verify.AlgebraResult // nil where the second model is not known to come of the first
	// conditions measures them at the first call.
	conditions func() map[string]float64
	// exactConditions are those of the first model: in float64 what it rounds is compared, too.
	exactConditions func() map[string]float64
	// origin gives the value of the first model that holds the same numbers as one of the second; nil for none.
	origin func(*graph.Value) *graph.Value
	exact  exactRun
	// truth is what each file answers in float64 to the inputs, as its weights are stored. It runs them at the first call.
	truth func() ([2][]tensor.Map, error)
	// someTruth is the same for the first input, or its first image.
	someTruth func() ([2]tensor.Map, error)
}

func (c *comparison) run(ctx context.Context) (err error) {
	if err := c.openData(c.settings.Options.Data); err != nil {
		return err
	}
	if err := c.makeInputs(ctx); err != nil {
		return err
	}
	c.coarsest, c.layers = model.Coarsest(c.pair.fused), max(model.Layers(c.pair.original.Graph), model.Layers(c.pair.fused.Graph))
	c.conditions = sync.OnceValue(func() map[string]float64 {
		return verify.Conditions(ctx, c.pair.fused, c.tools.Exact, c.inputs, c.pair.before.Outputs)
	})
	c.exactConditions = sync.OnceValue(func() map[string]float64 {
		return verify.Conditions(ctx, c.pair.original, c.tools.Exact, c.inputs, c.pair.before.Outputs)
	})
	c.truth = sync.OnceValues(func() ([2][]tensor.Map, error) { return c.exactAnswers(ctx) })
	c.someTruth = sync.OnceValues(func() ([2]tensor.Map, error) { return c.someExactAnswers(ctx) })
	if err := c.exactly(ctx); err != nil {
		return err
	}
	for _, b := range c.settings.Backends {
		if err := c.on(ctx, b); err != nil {
			return err
		}
	}
	c.warn(c.pair.told...)
	c.warnOfOutputs()
	c.warnOfFolds()
	c.warnOfPrograms()
	c.conclude()
	written, err := c.pair.written()
	if err != nil {
		return err
	}
	if c.pair.algebra || len(c.pair.left) == 0 { // what the passes make without a program of theirs is no measure
		c.found.Result = c.found.Written(written, c.pair.algebra)
	}
	return c.strength(ctx)
}

// conclude sums up what was compared.
func (c *comparison) conclude() {
	c.found.Result = verify.NewResult(verify.RoundingOnly, c.checks...)
	switch {
	case c.algebra != nil && c.pair.algebra:
		c.found.Result = c.found.Proven(*c.algebra)
	case c.algebra != nil:
		c.found.Result = c.found.Traced(*c.algebra)
	}
	c.found.Result = c.found.Warned(c.warnings...)
	c.found.Inputs = c.made
}

// stopped is what was compared before an error; nil where that is nothing.
func (c *comparison) stopped(ctx context.Context, err error) *Verification {
	if c.algebra == nil && len(c.checks) == 0 {
		return nil
	}
	why := err.Error()
	if ctx.Err() != nil {
		why = "it was interrupted"
	}
	bytes := c.found.Bytes
	c.conclude()
	c.found.Result = c.found.Stopped(why)
	c.found.Bytes = bytes
	return c.found
}

// tolerance is what rounding to a type may do: the one given, or else that of the models' depth.
func (c *comparison) tolerance(t tensor.Type) float64 {
	if given := c.settings.Options.Tolerance; given != 0 {
		return given
	}
	return verify.RoundingTolerance(t, c.layers)
}

// allow judges outputs that differ by more than the depth of the models explains once more: a network that
// moves its answers further than its parameters are moved counts as that much deeper.
func (c *comparison) allow(check *verify.Check, pair verify.Pair, t tensor.Type) {
	if check.Equal() || c.settings.Options.Tolerance != 0 {
		return
	}
	conditions := c.conditions
	if pair.Tolerance == verify.AlgebraTolerance {
		conditions = c.exactConditions
	}
	c.allowBy(check, pair, t, conditions())
}

// allowBy does so by how far each output moves when the parameters are moved.
func (c *comparison) allowBy(check *verify.Check, pair verify.Pair, t tensor.Type, conditions map[string]float64) {
	for name, by := range conditions {
		allowed := min(verify.RoundingTolerance(t, int(math.Ceil(by*by))), mostRounding)
		if pair.Tolerance == verify.AlgebraTolerance {
			allowed = min(verify.AlgebraTolerance*by/math.Sqrt(float64(max(c.layers, 1))), mostAlgebra)
		}
		check.Allow(name, allowed, fmt.Sprintf("it moves %.0f times as far as the parameters", by))
	}
}

// However much a network amplifies, what is called rounding of an engine, or of float64, is less than what a
// wrong fold does, or float32 rounds.
const (
	mostRounding = 1e-3
	mostAlgebra  = 1e-9
)

// computedIn is the type whose roundings an engine shows: that of the models, or a coarser one that it is told
// to compute in.
func computedIn(b Backend, models tensor.Type) tensor.Type {
	return b.Describe().Coarsest(models)
}

// exactly compares in float64.
func (c *comparison) exactly(ctx context.Context) error {
	c.observe.progress(StageVerify, 0, c.total(), "in float64")
	before, err := c.tools.Exact(c.pair.original)
	if err != nil {
		return c.cannot(err)
	}
	defer func() { _ = before.Close() }()
	after, err := c.tools.Exact(c.pair.fused)
	if err != nil {
		return c.cannot(err)
	}
	defer func() { _ = after.Close() }()
	pair := verify.Pair{
		Backend: exactName, Before: verify.RunFunc(before.RunFloat64), After: verify.RunFunc(after.RunFloat64),
		Outputs: c.pair.before.Outputs, Tolerance: c.tolerance(c.coarsest),
	}
	seed := c.settings.Options.Seed
	foreign := verify.NewForeignProof(c.pair.original, c.pair.fused, before, after, seed)
	parts, inputs := proof(foreign), c.inputs
	strict := c.pair.algebra && len(c.pair.programs) == 0
	if strict { // its regions are run over borders and ones of their own
		inputs, pair.Tolerance = verify.Drawn(c.inputs), verify.AlgebraTolerance
		parts = verify.NewRegionProof(c.pair.original, c.pair.fused, before, after, c.pair.origin, seed)
	}
	if !strict {
		c.origin = foreign.Origin
	}
	if len(c.pair.programs) > 0 {
		foreign.Outside(c.pair.origin)
	}
	err = c.prove(ctx, pair, parts, inputs)
	if errors.Is(err, verify.ErrFirst) {
		return c.cannot(err)
	}
	if err != nil {
		return err
	}
	if !strict && c.algebra.Equal() {
		if err := c.foreignStrength(ctx, foreign); ctx.Err() != nil {
			return ctx.Err()
		} else if err != nil {
			c.observe.warn(StageVerify, "it is not known how small a change the regions would have shown: %v", err)
		}
	}
	if c.data == nil || c.anyEngine(ctx) {
		return nil
	}
	return c.compareData(ctx, pair, c.coarsest, func(check *verify.Check, over samples) error {
		return c.decidedExactly(ctx, check, pair, over)
	})
}

// proof compares models part by part.
type proof interface {
	Run(ctx context.Context, inputs []tensor.Map, outputs []tensor.Spec, tolerance float64, went func(done float64, node string)) (check verify.Check, lost, err error)
	Result() verify.AlgebraResult
	Answers() [2][]tensor.Map
}

// prove compares the models region by region, and from one end to the other where float64 can run them.
func (c *comparison) prove(ctx context.Context, pair verify.Pair, p proof, inputs []tensor.Map) error {
	check, lost, err := p.Run(ctx, inputs, pair.Outputs, pair.Tolerance, func(done float64, node string) {
		c.observe.progress(StageVerify, exactParts*done, c.total(), "in float64: %s", node)
	})
	if err != nil {
		return err
	}
	result := p.Result()
	result.Regions += len(c.pair.lost)
	result.NotCompared = append(result.NotCompared, c.pair.lost...)
	c.algebra = &result
	if g, ok := p.(gauged); ok {
		c.strengths = g.Strength()
	}
	if lost != nil {
		return lost
	}
	c.exact = exactRun{inputs: inputs, answers: p.Answers()}
	c.allow(&check, pair, c.coarsest)
	if err := c.decidedExactly(ctx, &check, pair, generated(ctx, inputs)); err != nil {
		return err
	}
	c.checks = append(c.checks, check)
	return nil
}

// rejected is the error for inputs that an operator does not take; nil for any other cause.
func (c *comparison) rejected(err error) error {
	r, ok := backends.RejectionOf(err)
	switch {
	case !ok:
		return nil
	case len(c.made) > 0 && slices.Equal(c.made[0].Kinds, []verify.InputKind{verify.InputData}):
		return outcomef(ErrUsage, "%s", r.Given())
	}
	return outcomef(ErrUsage, "%s", r.Generated())
}

// cannot notes that a graph is beyond the float64 executor.
func (c *comparison) cannot(err error) error {
	if rejected := c.rejected(err); rejected != nil {
		return rejected
	}
	c.found.Skipped = append(c.found.Skipped, backends.Skip{
		Backend: exactName, Reason: err.Error(), Remedy: "compare on an engine, which then shows rounding only",
	})
	return nil
}

// anyEngine reports whether an engine can take the data, so that the slow float64 need not.
func (c *comparison) anyEngine(ctx context.Context) bool {
	for _, b := range c.settings.Backends {
		if b.Check(ctx) == nil {
			return true
		}
	}
	return false
}

// on compares the files on an engine, with its own optimisation switched off where it can be, and on.
func (c *comparison) on(ctx context.Context, b Backend) error {
	provider := b.Describe().Provider
	name := label(b.Name, provider)
	err := b.Check(ctx)
	if err == nil {
		err = c.plainAndNot(ctx, b, name)
	}
	skip, ok := backends.SkipOf(b.Name, provider, err)
	if !ok {
		return err
	}
	c.found.Skipped = append(c.found.Skipped, skip)
	if b.misses(skip) {
		c.found.missing = append(c.found.missing, name+": "+err.Error())
	}
	return nil
}

// plainAndNot compares the files without the engine's own optimisation and with it. An engine may find out
// only here that it cannot be used.
func (c *comparison) plainAndNot(ctx context.Context, b Backend, name string) error {
	plain := backends.Tuning{Optimization: backends.Unoptimized}
	if _, able, _ := backends.TuneIfAble(b.Backend, plain); able {
		if err := c.open(ctx, b, plain, name+", optimization disabled", false); err != nil {
			return err
		}
	}
	return c.open(ctx, b, backends.Tuning{}, name, c.data != nil)
}

// open compares the files on an engine that is tuned so.
func (c *comparison) open(ctx context.Context, b Backend, tuning backends.Tuning, name string, data bool) error {
	c.observe.progress(StageVerify, c.done(), c.total(), "on %s", name)
	before, err := b.Open(ctx, c.pair.before, tuning)
	if err != nil {
		return cannotRun(ctx, err)
	}
	defer func() { _ = before.Close() }()
	after, err := b.Open(ctx, c.pair.after, tuning)
	if err != nil {
		return err
	}
	defer func() { _ = after.Close() }()
	c.opened(name, after)
	t := computedIn(b, c.coarsest)
	pair := verify.Pair{Backend: name, Before: before, After: after, Outputs: c.pair.before.Outputs, Tolerance: c.tolerance(t), Made: c.pair.algebra}
	if err := c.check(ctx, pair, t, b, tuning); err != nil {
		return err
	}
	if !data {
		return nil
	}
	return c.compareData(ctx, pair, t, func(check *verify.Check, over samples) error {
		return c.decidedOn(ctx, check, pair, t, b, tuning, over)
	})
}

// check compares the files on an engine in which they are open.
func (c *comparison) check(ctx context.Context, pair verify.Pair, t tensor.Type, b Backend, tuning backends.Tuning) error {
	check, err := pair.Compare(ctx, c.inputs)
	if rejected := c.rejected(err); rejected != nil {
		return rejected
	}
	if errors.Is(err, verify.ErrFirst) {
		return cannotRun(ctx, err)
	}
	if err != nil {
		return err
	}
	if err := c.explain(ctx, &check, pair, b, tuning); err != nil {
		return err
	}
	c.allow(&check, pair, t)
	if err := c.decidedOn(ctx, &check, pair, t, b, tuning, generated(ctx, c.inputs)); err != nil {
		return err
	}
	asked := c.settings.Options.Layers && tuning == (backends.Tuning{})
	if check.Equal() && !asked {
		c.checks = append(c.checks, check)
		return nil
	}
	inside, err := c.byLayers(ctx, &check, pair, t, b, tuning)
	if err != nil {
		return err
	}
	if c.checks = append(c.checks, check); asked && inside != nil {
		c.checks = append(c.checks, *inside)
	}
	return nil
}

// cannotRun makes an engine that does not run the original one that is not there for this comparison.
func cannotRun(ctx context.Context, err error) error {
	if _, ok := errors.AsType[*backends.Unavailable](err); ok || ctx.Err() != nil {
		return err
	}
	return &backends.Unavailable{Reason: "it does not run the original: " + err.Error(), Remedy: "compare on an engine that does"}
}

// exactParts is about how many times as long as an engine's check that in float64 takes.
const exactParts = 4

// total is about how much work there is, a check on an engine being one.
func (c *comparison) total() float64 {
	n := exactParts + 2*float64(len(c.settings.Backends))
	if c.data != nil {
		n++
	}
	return max(n, c.done()+1)
}

// done is how much of it is done before another check on an engine.
func (c *comparison) done() float64 { return exactParts + max(float64(len(c.checks)-1), 0) }
