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
	// Locations are the names of the data files that the model will refer to, relative to its own folder. The last one
	// stands for all that follow. Without one everything is in the model.
	Locations []string
	// Shard is the number of bytes that a data file has at most. A tensor is never split: one that is larger has a file for
	// itself. 0 puts all into one file.
	Shard int64
}

// Layout is a model that is ready to be written: every size is known, no changed tensor is computed.
// The model must not change until it is written.
type Layout struct {
	model    *segments
	data     []*segments
	rounding tensor.Rounding
}

// NewLayout lays out the file of a model, and its data files if the options name any.
func NewLayout(m *graph.Model, o Options) (*Layout, error) {
	e := encoder{model: m, options: o, placed: map[span]spot{}}
	r, err := e.encodeModel()
	if err != nil {
		return nil, err
	}
	return &Layout{model: r, data: e.data}, nil
}

// Size is the number of bytes of the model's file.
func (l *Layout) Size() int64 { return l.model.size }

// DataSizes are the numbers of bytes of the data files; none when there is no such file.
func (l *Layout) DataSizes() []int64 {
	var sizes []int64
	for _, d := range l.data {
		sizes = append(sizes, d.size)
	}
	return sizes
}

// Rounding says what rounding the changed tensors did, once they are written.
func (l *Layout) Rounding() tensor.Rounding { return l.rounding }

// WriteModel writes the model's file.
func (l *Layout) WriteModel(w io.Writer) error { return l.write(w, l.model) }

// WriteData writes one of the data files, counted from 0.
func (l *Layout) WriteData(w io.Writer, file int) error { return l.write(w, l.data[file]) }

// encoder lays out one model.
type encoder struct {
	model   *graph.Model
	options Options
	data    []*segments // of each data file
	placed  map[span]spot
}

// goesOut reports whether a tensor is written to a data file.
func (e *encoder) goesOut(t *tensor.Tensor) bool {
	return len(e.options.Locations) > 0 && t.Type() != tensor.String && t.ByteSize() >= MinExternal
}

// spot is a place in a data file.
type spot struct {
	file   int
	offset int64
}

// location is the name of the file in which a spot is.
func (o Options) location(s spot) string { return o.Locations[min(s.file, len(o.Locations)-1)] }

// place puts a tensor into a data file and returns where. Tensors that share their bytes share their place.
func (e *encoder) place(t *tensor.Tensor, owner string) spot {
	var bytes span
	if !t.Computed() {
		raw, _ := t.Bytes() // fails only for a recipe
		bytes = span{unsafe.SliceData(raw), len(raw)}
		if at, ok := e.placed[bytes]; ok {
			return at
		}
	}
	data := e.room(t.ByteSize())
	if gap := gapBefore(data, t.ByteSize()); gap > 0 {
		data.add(padding(gap))
	}
	at := spot{file: len(e.data) - 1, offset: data.size}
	data.add(elements{of: t, owner: owner})
	if bytes.first != nil {
		e.placed[bytes] = at
	}
	return at
}

// room is the data file that so many bytes go into next.
func (e *encoder) room(size int) *segments {
	n := len(e.data)
	if n == 0 || e.options.Shard > 0 && e.data[n-1].size+gapBefore(e.data[n-1], size)+int64(size) > e.options.Shard {
		e.data = append(e.data, &segments{})
	}
	return e.data[len(e.data)-1]
}

// gapBefore is how many bytes lie unused before a tensor of a size that comes next.
func gapBefore(data *segments, size int) int64 { return -data.size & (alignment(size) - 1) }

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
