package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/acdeploy/acdeploy"
	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/bench"
	"github.com/acdeploy/acdeploy/model"
	"github.com/acdeploy/acdeploy/tensor"
	"github.com/acdeploy/acdeploy/verify"
)

// The engine is in a process of its own: a mutant may crash it. What it takes longer to run than this is not of interest, unless
// it ran before fusing.
const (
	engineTime  = 5 * time.Second
	engineAgain = time.Minute
)

// release ends the engine's process.
func (f *fuzz) release() {
	if f.end != nil {
		_ = f.end()
	}
	f.guest, f.end = nil, nil
}

// open is the engine in its process.
func (f *fuzz) open() acdeploy.Backend {
	if f.guest == nil {
		guest, end := f.tools.Isolated(*f.engine, engineTime)
		f.guest, f.end = &guest, end
	}
	return *f.guest
}

// wrongly is an error if the passes could not take a file that was read and that the engine runs.
func (f *fuzz) wrongly(ctx context.Context, m made) error {
	if m.source == nil || f.engine == nil {
		return nil
	}
	first, _, err := f.first(ctx, f.open(), m)
	if err != nil {
		return nil //nolint:nilerr // the engine does not run it either
	}
	_ = first.Close()
	return fmt.Errorf("the engine runs it, and it is refused: %w", m.refused)
}

// seen is what the engine does with a mutant and its fused file.
type seen int

const (
	notRun   seen = iota // the original does not run, so that nothing can be said
	same                 // the answers are the same
	unsteady             // the original answers something else each time
	differs
	lost // the fused file does not run
)

// compare runs the file before and after in the engine. What seems wrong is tried once more in a fresh process: a mutant may
// leave the engine in a state that the next one suffers from.
func (f *fuzz) compare(ctx context.Context, m made, after *model.File) error {
	if f.engine == nil {
		return nil
	}
	what, err := f.both(ctx, f.open(), m, after)
	if what == differs || what == lost {
		f.release()
		guest, end := f.tools.Isolated(*f.engine, engineAgain)
		what, err = f.both(ctx, guest, m, after)
		_ = end()
	}
	switch what {
	case notRun:
		return nil
	case lost:
		return err
	case unsteady:
		f.tally.unsteady++
	case differs:
		if err := f.judge(ctx, m, err); err != nil {
			return err
		}
		f.tally.explained++
	}
	f.tally.ran++
	return nil
}

// plain is the engine without optimisations of its own.
func plain() backends.Tuning { return backends.Tuning{Optimization: backends.Unoptimized} }

// first opens the original and runs it once over each input.
func (f *fuzz) first(ctx context.Context, b acdeploy.Backend, m made) (backends.Session, []tensor.Map, error) {
	inputs, err := fuzzInputs(m.source.Signature().Inputs)
	if err != nil {
		return nil, nil, err
	}
	s, err := b.Open(ctx, acdeploy.Declared(m.source), plain())
	if err != nil {
		return nil, nil, err
	}
	for _, in := range inputs {
		if _, err := s.Run(ctx, in); err != nil {
			return nil, nil, errors.Join(err, s.Close())
		}
	}
	return s, inputs, nil
}

// both runs the two files over the same inputs.
func (f *fuzz) both(ctx context.Context, b acdeploy.Backend, m made, after *model.File) (seen, error) {
	first, inputs, err := f.first(ctx, b, m)
	if err != nil {
		return notRun, err
	}
	defer func() { _ = first.Close() }()
	second, err := b.Open(ctx, acdeploy.Declared(after), plain())
	if err != nil {
		return lost, fmt.Errorf("the engine opens the file, but not the fused one: %w", err)
	}
	defer func() { _ = second.Close() }()
	pair := verify.Pair{
		Backend: b.Name, Before: first, After: second, Outputs: m.source.Signature().Outputs, Made: true,
		Tolerance: verify.RoundingTolerance(model.Coarsest(m.source.Model()), model.Layers(m.source.Model().Graph)),
	}
	check, err := pair.Compare(ctx, inputs)
	switch {
	case errors.Is(err, verify.ErrFirst):
		return notRun, err
	case err != nil:
		return lost, fmt.Errorf("the engine runs the file, but not the fused one: %w", err)
	case check.Equal():
		return same, nil
	}
	pair.After = first
	if again, err := pair.Compare(ctx, inputs); err != nil || !again.Equal() {
		return unsteady, err
	}
	return differs, fmt.Errorf("the answers differ: %+v", check.Outputs)
}

// judge asks the proof about answers that differ by more than rounding in a network of that depth: a mutant may amplify it.
func (f *fuzz) judge(ctx context.Context, m made, seen error) error {
	settings := acdeploy.VerifySettings{
		Options: verify.Defaults(), Shapes: fuzzShapes(m.source.Signature().Inputs), Backends: []acdeploy.Backend{*f.engine}, Timeout: engineAgain,
	}
	found, err := f.tools.Verify(ctx, m.saved.Pair(), settings, nil)
	if err == nil {
		err = found.Judge()
	}
	if err != nil {
		return fmt.Errorf("%w; the proof says: %w", seen, err)
	}
	return nil
}

// mostElements bounds an input.
const mostElements = 1 << 20

// fuzzInputs are two inputs. Open dimensions are small.
func fuzzInputs(specs []tensor.Spec) ([]tensor.Map, error) {
	for _, spec := range specs {
		elements := 1.0
		for _, d := range spec.Shape {
			elements *= math.Max(float64(d.Size), 1)
		}
		if elements > mostElements {
			return nil, fmt.Errorf("input %q is too large", spec.Name)
		}
	}
	return verify.Generate(backends.Model{Name: "the mutant", Inputs: specs}, 2, 1, fuzzShapes(specs).First())
}

// fuzzShapes gives every open dimension a size: two images, of eight by eight.
func fuzzShapes(specs []tensor.Spec) bench.Sizes {
	var sizes bench.Sizes
	for _, spec := range specs {
		for axis, d := range spec.Shape {
			symbol, size := d.Param, int64(8)
			if symbol == "" {
				symbol = fmt.Sprintf("%s.%d", spec.Name, axis)
			}
			if axis == 0 {
				size = 2
			}
			known := slices.ContainsFunc(sizes, func(s bench.Size) bool { return s.Symbol == symbol })
			if d.Size < 0 && !known {
				sizes = append(sizes, bench.Size{Symbol: symbol, Sizes: []int64{size}})
			}
		}
	}
	return sizes
}
