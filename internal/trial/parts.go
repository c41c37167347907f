package main

import (
	"context"
	"errors"

	"github.com/acdeploy/acdeploy"
	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/mutant"
	"github.com/acdeploy/acdeploy/internal/naming"
	"github.com/acdeploy/acdeploy/pipeline"
	"github.com/acdeploy/acdeploy/tensor"
	"github.com/acdeploy/acdeploy/verify"
)

// parts are the regions of a sound model, as they lie between the model as trained and what the passes make of it. A mutant has most of
// them too. These are taken for equal, so what is noticed is noticed where the fault is.
type parts struct {
	was      verify.Exact // the model as trained
	inputs   []tensor.Map // as the comparison generates them
	made     *graph.Model // what the passes make, numbers not rounded
	inMemory verify.Parts // of made
	inFile   verify.Parts // of the file, whose values are found by their numbers
}

// takeApart finds the parts of the sound model.
func (c *cell) takeApart(ctx context.Context) error {
	p := &parts{made: c.source.Model().Clone()}
	if _, err := pipeline.Run(ctx, p.made.Graph, c.steps, pipeline.Options{}); err != nil {
		return err
	}
	var err error
	if p.was, err = c.tools.Exact(c.source.Model()); err != nil {
		return nil //nolint:nilerr // then every mutant is compared whole
	}
	o := c.settings.Options
	if p.inputs, err = verify.Generate(acdeploy.Declared(c.source), o.Samples, o.Seed, c.settings.Shapes.First()); err != nil {
		return errors.Join(err, p.was.Close())
	}
	p.inputs, _ = verify.FitInputs(ctx, c.source.Model(), p.was, p.inputs)
	c.parts = p
	p.inMemory = verify.NewRegionProof(c.source.Model(), p.made, p.was, nil, (*graph.Value).Origin, o.Seed).Parts()
	is, err := c.tools.Exact(c.sound.Model())
	if err != nil {
		return nil //nolint:nilerr // the same
	}
	if p.inFile, err = verify.NewForeignProof(c.source.Model(), c.sound.Model(), p.was, is, o.Seed).Parts(ctx, p.inputs[0]); err != nil {
		p.inFile = nil
	}
	return is.Close()
}

// partsInMemory makes the fault of a wrong pass, lets the right ones run once more, and asks whether a part that the fault touches differs.
func (c *cell) partsInMemory(ctx context.Context, m mutantOf) (v verdict, made mutant.Mutant, err error) {
	changed := c.parts.made.Clone()
	made, ok := m.draw(changed.Graph)
	if !ok {
		return v, made, errors.New("the graph has no place for the fault")
	}
	made.Apply()
	if _, err := pipeline.Run(ctx, changed.Graph, c.steps, pipeline.Options{}); err != nil {
		return v, made, err
	}
	is, err := c.tools.Exact(changed)
	if err != nil {
		return v, made, nil //nolint:nilerr // the whole comparison says so
	}
	proof := verify.NewRegionProof(c.source.Model(), changed, c.parts.was, is, originOfOrigin, c.settings.Options.Seed)
	differs, err := proof.Differs(ctx, verify.Drawn(c.parts.inputs), c.parts.inMemory)
	if differs {
		v.by = byAlgebra
	}
	return v, made, errors.Join(err, is.Close())
}

// originOfOrigin is the value of the model as trained that one of a copy of what the passes made holds the numbers of.
func originOfOrigin(v *graph.Value) *graph.Value {
	if v.Origin() == nil {
		return nil
	}
	return v.Origin().Origin()
}

// partsOfFile writes a model, reads it again, and asks whether a number is off, or a part differs that the sound model does not have.
func (c *cell) partsOfFile(ctx context.Context, m *graph.Model) (v verdict, err error) {
	saved, err := c.sound.Save(ctx, c.path("second"), m)
	if err != nil {
		return v, err
	}
	file, err := saved.Open()
	if err != nil {
		return v, err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	written, err := compareFiles(c.sound.Model(), file.Model())
	if err != nil || written.Equal {
		return v, err
	}
	if written.Off(false) {
		return verdict{by: byBytes}, nil
	}
	is, err := c.tools.Exact(file.Model())
	if err != nil {
		return v, err
	}
	proof := verify.NewForeignProof(c.source.Model(), file.Model(), c.parts.was, is, c.settings.Options.Seed)
	differs, err := proof.Differs(ctx, c.parts.inputs, c.parts.inFile)
	if differs {
		v.by = byAlgebra
	}
	return v, errors.Join(err, is.Close())
}

// compareFiles compares a file with that of the sound model, whatever names it has for the values between inputs and outputs.
func compareFiles(sound, file *graph.Model) (verify.BytesResult, error) {
	r, err := verify.CompareBytes(sound, file)
	if err != nil || r.Detail == "" {
		return r, err
	}
	renamed := sound.Clone()
	if !naming.As(file, renamed) {
		return r, nil
	}
	r, err = verify.CompareBytes(renamed, file)
	r.Renamed = true
	return r, err
}
