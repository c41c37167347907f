package model

import (
	"cmp"
	"context"
	"errors"
	"path/filepath"
	"slices"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/osfile"
	"github.com/acdeploy/acdeploy/onnx/mapped"
)

// ErrSelf says that a model would be written over the file that it came from.
var ErrSelf = errors.New("this is the input file; give another name")

// ErrInline says that a model does not fit one file.
var ErrInline = mapped.ErrInline

// Place is where the large weights of a model are written.
type Place = mapped.Place

// The places. By default they go to a data file if the model came in with one, or if it is too large without.
const (
	ByDefault = mapped.ByDefault
	Inline    = mapped.Inline   // into the model's file, whose size has a limit
	External  = mapped.External // to a data file
)

// Options choose how a model is written.
type Options struct {
	// DataName is a fixed name for the data file, if there is one. "" gives it a name that carries its content; see
	// [mapped.Options] for what a fixed one costs.
	DataName string
	// Weights says where large tensors go; the zero value leaves it to the model.
	Weights Place
	// Shard is the size in bytes that a data file may have before another begins; 0 puts all into one. See [mapped.Options].
	Shard int64
	// Written, if set, is told now and then how many bytes of about how many are written.
	Written func(done, total int64)
}

// Saved is a model that was written.
type Saved struct {
	Path string // of the model file
	Digest
	// Notes say what is not as it should be, and no reason not to write; a sentence each.
	Notes   []string
	digests []osfile.Part
}

// Save writes m, which was made of this file, to path. It writes neither over the file nor over its data. If the file
// changed since it was opened, nothing is written.
func (f *File) Save(ctx context.Context, path string, m *graph.Model) (Saved, error) {
	return f.SaveWith(ctx, path, m, Options{})
}

// SaveWith is [File.Save] with options.
func (f *File) SaveWith(ctx context.Context, path string, m *graph.Model, o Options) (Saved, error) {
	if f.isAny(path, o.besides(path)) {
		return Saved{}, ErrSelf
	}
	staged, err := mapped.Stage(ctx, path, m, o.from(f.file))
	if err != nil {
		return Saved{}, err
	}
	if err := f.Hashed(ctx); err != nil { // it must not be found wrong when the model is there
		return Saved{}, errors.Join(err, staged.Discard())
	}
	out, err := staged.Commit()
	return savedAs(out), err
}

// from are the options of writing what was made of a file.
func (o Options) from(source *mapped.File) mapped.Options {
	return mapped.Options{Source: source, DataName: o.DataName, Weights: o.Weights, Shard: o.Shard, Written: o.Written}
}

// besides is the path of a data file with a fixed name that belongs to a model at path; the model's own if there is none.
func (o Options) besides(path string) string {
	return filepath.Join(filepath.Dir(path), cmp.Or(o.DataName, filepath.Base(path)))
}

func (f *File) isAny(paths ...string) bool { return slices.ContainsFunc(paths, f.Is) }

func savedAs(out mapped.Saved) Saved {
	parts := out.Digests()
	s := Saved{Path: out.Path, Digest: digestOf(parts, out.Bytes), Notes: out.Notes, digests: parts}
	for _, d := range out.Data {
		s.Bytes += d.Bytes
	}
	return s
}

// Open opens what was written. Its digest is known.
func (s Saved) Open() (*File, error) {
	file, err := mapped.Open(s.Path)
	if err != nil {
		return nil, err
	}
	return opened(file, func() {}, func() ([]osfile.Part, error) { return s.digests, nil })
}
