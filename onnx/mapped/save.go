package mapped

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/osfile"
	"github.com/acdeploy/acdeploy/onnx"
)

// Options of [Save].
type Options struct {
	// Limit is the size in bytes that a model's file may have before its large tensors go to a file of their
	// own. 0 means the format's own limit, one byte less than 2 GiB.
	Limit int64
	// Weights says where large tensors go; the zero value leaves it to the model.
	Weights Place
	// Shard is the size in bytes that a data file may have before another begins. A tensor is never split: one that is
	// larger has a file for itself. 0 puts all into one file.
	Shard int64
	// DataName is the name of the data file, if there is one, and no more than one, for those who need a fixed name. Then the model and its
	// data change one after the other: who reads in between, or after a kill in between, has the one with the weights of the
	// other. "" gives the data file a name that carries its content, and the model changes at once.
	DataName string
	// Written, if set, is told now and then how many bytes of about how many are written.
	Written func(done, total int64)
	// Source is the file that the model came from, if any. Its pages are given back while they are
	// written, so that memory follows the largest tensor and not the file.
	Source *File
}

// Place is where the large tensors of a model are written.
type Place string

// The places. By default they go to a data file if the model came in with one, or if it is too large without.
const (
	ByDefault Place = ""
	Inline    Place = "inline"   // into the model's file, whose size has a limit
	External  Place = "external" // to a data file
)

// ErrInline says that a model does not fit one file.
var ErrInline = errors.New("the model is too large for one file")

const formatLimit = 1<<31 - 1

// Output is a file that was written.
type Output struct {
	Path   string // where it lies
	SHA256 string // in hexadecimal
	Bytes  int64  // its size
}

// Saved says what [Save] wrote.
type Saved struct {
	Output
	Data    []Output // the files of external data, none when all is in the model's file
	Flushed int      // elements of changed tensors that were rounded from subnormal to zero
	Notes   []string // what is not as it should be, and no reason not to write; a sentence each
}

// Digests are those of [File.Digests], known from the writing.
func (s Saved) Digests() []osfile.Part {
	parts := []osfile.Part{{Name: MainPart, SHA256: s.SHA256}}
	for _, d := range s.Data {
		parts = append(parts, osfile.Part{Name: filepath.Base(d.Path), SHA256: d.SHA256})
	}
	slices.SortFunc(parts[1:], func(a, b osfile.Part) int { return strings.Compare(a.Name, b.Name) })
	return parts
}

// Save writes a model to path. Its large tensors go to a data file next to it if it came in with one, or if it
// is too large without. All files are written elsewhere, flushed to the disk and renamed, the data
// first; after an error everything is as it was before.
// Only the elements of tensors that changed pass through memory, a few pieces of rows at a time.
func Save(ctx context.Context, path string, m *graph.Model, o Options) (Saved, error) {
	s, err := Stage(ctx, path, m, o)
	if err != nil {
		return Saved{}, err
	}
	return s.Commit()
}

// layOut plans the model's files and says whether its large tensors go to a file of their own.
func layOut(m *graph.Model, o Options) (*onnx.Layout, bool, error) {
	limit := o.Limit
	if limit == 0 {
		limit = formatLimit
	}
	if o.Weights == External || o.Weights == ByDefault && onnx.External(m) {
		return layOutExternal(m, o.Shard)
	}
	layout, err := onnx.NewLayout(m, onnx.Options{})
	if err != nil || layout.Size() <= limit {
		return layout, false, err
	}
	if o.Weights == Inline {
		return nil, false, fmt.Errorf("%w: it would have %d bytes, and a file of this format has at most %d; let its weights go to a data file", ErrInline, layout.Size(), limit)
	}
	return layOutExternal(m, o.Shard)
}

// unnamed stands for the name of a data file that is not written yet.
const unnamed = "data"

func layOutExternal(m *graph.Model, shard int64) (*onnx.Layout, bool, error) {
	layout, err := onnx.NewLayout(m, onnx.Options{Locations: []string{unnamed}, Shard: shard})
	if err != nil {
		return nil, false, err
	}
	return layout, len(layout.DataSizes()) > 0, nil
}
