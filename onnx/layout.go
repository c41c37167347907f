package onnx

import (
	"io"
	"unsafe"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/tensor"
)

// MinExternal is the size in bytes from which on a tensor goes into a data file. Smaller ones stay in
// the model: engines read shapes and axes before they open other files.
const MinExternal = 1024

// Options choose where the elements of tensors are written.
type Options struct {
	// Location is the name of the data file that the model will refer to, relative to its own folder.
	// Without one everything is in the model.
	Location string
}

// Layout is a model that is ready to be written: every size is known, no changed tensor is computed.
// The model must not change until it is written.
type Layout struct {
	model    *segments
	data     *segments
	rounding tensor.Rounding
}

// NewLayout lays out the file of a model, and its data file if the options name one.
func NewLayout(m *graph.Model, o Options) (*Layout, error) {
	e := encoder{model: m, location: o.Location, data: &segments{}, placed: map[span]int64{}}
	r, err := e.encodeModel()
	if err != nil {
		return nil, err
	}
	return &Layout{model: r, data: e.data}, nil
}

// Size is the number of bytes of the model's file.
func (l *Layout) Size() int64 { return l.model.size }

// DataSize is the number of bytes of the data file; 0 when there is none.
func (l *Layout) DataSize() int64 { return l.data.size }

// Rounding says what rounding the changed tensors did, once they are written.
func (l *Layout) Rounding() tensor.Rounding { return l.rounding }

// WriteModel writes the model's file.
func (l *Layout) WriteModel(w io.Writer) error { return l.write(w, l.model) }

// WriteData writes the data file.
func (l *Layout) WriteData(w io.Writer) error { return l.write(w, l.data) }

// encoder lays out one model.
type encoder struct {
	model    *graph.Model
	location string
	data     *segments
	placed   map[span]int64 // offsets in the data file
}

// goesOut reports whether a tensor is written to the data file.
func (e *encoder) goesOut(t *tensor.Tensor) bool {
	return e.location != "" && t.Type() != tensor.String && t.ByteSize() >= MinExternal
}

// place puts a tensor into the data file and returns its offset there. Tensors that share their
// bytes share their place.
func (e *encoder) place(t *tensor.Tensor, owner string) int64 {
	var bytes span
	if !t.Computed() {
		raw, _ := t.Bytes() // fails only for a recipe
		bytes = span{unsafe.SliceData(raw), len(raw)}
		if at, ok := e.placed[bytes]; ok {
			return at
		}
	}
	if gap := -e.data.size & (alignment(t.ByteSize()) - 1); gap > 0 {
		e.data.add(padding(gap))
	}
	at := e.data.size
	e.data.add(elements{of: t, owner: owner})
	if bytes.first != nil {
		e.placed[bytes] = at
	}
	return at
}

// span is a piece of memory.
type span struct {
	first *byte
	size  int
}

// alignment is what the offset of a tensor is a multiple of, so that engines can use it where it is
// mapped: large tensors start where a mapping can on any system.
func alignment(size int) int64 {
	if size >= 1<<20 {
		return 1 << 16
	}
	return 64
}
