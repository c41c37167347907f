package acdeploy

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/acdeploy/acdeploy/catalog"
	"github.com/acdeploy/acdeploy/internal/human"
	"github.com/acdeploy/acdeploy/onnx/mapped"
	"github.com/acdeploy/acdeploy/pipeline"
	"github.com/acdeploy/acdeploy/reports"
)

// Fused is a model in memory after the passes ran over it.
type Fused struct {
	source *Source
	result *pipeline.Result
	after  reports.Graph
}

// Fuse runs the passes over the model. The source's graph is changed by it, its file is not.
func (s *Source) Fuse(ctx context.Context, steps []pipeline.Step, opts pipeline.Options) (*Fused, error) {
	f := &Fused{source: s}
	err := mapped.Guard(func() (err error) {
		f.result, err = pipeline.Run(ctx, s.file.Model.Graph, steps, opts)
		f.after = Count(s.file.Model)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("fuse %s: %w", s.file.Path, err)
	}
	return f, nil
}

// Changed reports whether any pass did anything.
func (f *Fused) Changed() bool { return f.result.Rewrites() > 0 }

// Document is the record of what the passes did, with no output. It outlives the source.
func (f *Fused) Document() (*reports.Fuse, error) {
	input, err := f.source.File()
	if err != nil {
		return nil, err
	}
	return reports.NewFuse(input, nil, f.source.before, f.after, f.result), nil
}

// Saved is a fused model with its file.
type Saved struct {
	*Fused
	doc *reports.Fuse
}

// Save writes the model, which must not be the source nor one of its data files.
func (f *Fused) Save(ctx context.Context, path string) (*Saved, error) {
	if f.source.Is(path) || f.source.Is(mapped.DataPath(path)) {
		return nil, outcomef(ErrUsage, "write model %s: it is the input itself; give another name", path)
	}
	if _, err := os.Stat(filepath.Dir(path)); errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("write model %s: there is no folder %s; make it first", path, filepath.Dir(path))
	}
	saved, err := mapped.Save(ctx, path, f.source.file.Model, mapped.Options{Source: f.source.file})
	if err != nil {
		return nil, err
	}
	doc, err := f.Document()
	if err != nil {
		return nil, err
	}
	doc.Output = &reports.File{Path: saved.Path, SHA256: saved.SHA256, Bytes: saved.Bytes}
	if saved.Data != nil {
		doc.Output.Bytes += saved.Data.Bytes
	}
	return &Saved{Fused: f, doc: doc}, nil
}

// Document is the record of what the passes did and of the file that came of it. It outlives the source.
func (s *Saved) Document() *reports.Fuse { return s.doc }

// Describe says in one line what the passes did.
func Describe(f *reports.Fuse) string {
	if len(f.Rewrites) == 0 {
		return fmt.Sprintf("nothing to fuse, %s", human.Count(f.After.Nodes, "node"))
	}
	text := fmt.Sprintf("%s, %d → %s", human.Count(len(f.Rewrites), "rewrite"), f.Before.Nodes, human.Count(f.After.Nodes, "node"))
	if len(f.Refusals) > 0 {
		text += ", " + human.Count(len(f.Refusals), "refusal")
	}
	return text
}

// DefaultSteps is the whole catalog of passes, with default options, but for those disabled.
func DefaultSteps(passes catalog.Catalog[pipeline.Pass], disable []string) ([]pipeline.Step, error) {
	var steps []pipeline.Step
	for _, name := range disable {
		if _, err := passes.Find(name); err != nil {
			return nil, outcomef(ErrUsage, "pass %w", err)
		}
	}
	for _, e := range passes {
		if !slices.Contains(disable, e.Name) {
			steps = append(steps, pipeline.Step{Name: e.Name, Pass: e.New()})
		}
	}
	return steps, nil
}
