package model

import (
	"context"
	"errors"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/osfile"
	"github.com/acdeploy/acdeploy/onnx/mapped"
)

// ErrSelf says that a model would be written over the file that it came from.
var ErrSelf = errors.New("this is the input file; give another name")

// Saved is a model that was written.
type Saved struct {
	Path string
	Digest
	digests []osfile.Part
}

// Save writes m, which was made of this file, to path. It writes neither over the file nor over its data.
func (f *File) Save(ctx context.Context, path string, m *graph.Model) (Saved, error) {
	if f.Is(path) || f.Is(mapped.DataPath(path)) {
		return Saved{}, ErrSelf
	}
	out, err := mapped.Save(ctx, path, m, mapped.Options{Source: f.file})
	return savedAs(out), err
}

func savedAs(out mapped.Saved) Saved {
	parts := out.Digests()
	s := Saved{Path: out.Path, Digest: digestOf(parts, out.Bytes), digests: parts}
	if out.Data != nil {
		s.Bytes += out.Data.Bytes
	}
	return s
}

// Open opens what was written. Its digest is known.
func (s Saved) Open() (*File, error) {
	file, err := mapped.Open(s.Path)
	if err != nil {
		return nil, err
	}
	return opened(file, func() ([]osfile.Part, error) { return s.digests, nil })
}
