package model

import (
	"context"
	"fmt"
	"strings"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/onnx/mapped"
)

// RejectedPath is where a model goes that was to become the file path and failed a check: fused.rejected.onnx
// for fused.onnx.
func RejectedPath(path string) string { return strings.TrimSuffix(path, ".onnx") + ".rejected.onnx" }

// Staged is a model that was written, and gets its name when it has passed its checks.
type Staged struct {
	path   string // the final one
	source *mapped.File
	staged *mapped.Staged
}

// Stage writes m, which was made of this file, so that it can be checked before it becomes the file path. Neither
// path nor [RejectedPath] may be the file or its data.
func (f *File) Stage(ctx context.Context, path string, m *graph.Model, o Options) (*Staged, error) {
	if f.isAny(path, o.besides(path), RejectedPath(path)) {
		return nil, ErrSelf
	}
	staged, err := mapped.Stage(ctx, path, m, o.from(f.file))
	if err != nil {
		return nil, err
	}
	return &Staged{path: path, source: f.file, staged: staged}, nil
}

// Path is where the model can be read until it gets its name.
func (s *Staged) Path() string { return s.staged.Path() }

// Saved says what was written, with the path that [Staged.Commit] gives it.
func (s *Staged) Saved() Saved { return savedAs(s.staged.Saved()) }

// Commit gives the model its name. A model that failed the checks earlier goes. If the file that it was made of changed
// since it was opened, nothing is there.
func (s *Staged) Commit() (Saved, error) {
	out, err := s.staged.Commit()
	if err != nil {
		return Saved{}, err
	}
	return savedAs(out), s.forget()
}

// Reject keeps the model as [RejectedPath], in the place of one that failed earlier. What is at its path stays.
func (s *Staged) Reject(ctx context.Context) (Saved, error) {
	out, err := s.staged.CommitAs(ctx, RejectedPath(s.path))
	return savedAs(out), err
}

// Discard removes the model.
func (s *Staged) Discard() error { return s.staged.Discard() }

// forget removes a model that was rejected earlier.
func (s *Staged) forget() error {
	rejected := RejectedPath(s.path)
	if err := mapped.Remove(rejected, s.source); err != nil {
		return fmt.Errorf("remove the rejected model %s: %w", rejected, err)
	}
	return nil
}
