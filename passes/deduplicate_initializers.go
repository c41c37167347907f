package passes

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"hash/maphash"
	"math"
	"slices"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/pipeline"
	"github.com/acdeploy/acdeploy/tensor"
)

const deduplicateDoc = `makes equal initializers one

Two initializers of one graph are equal if their type, shape and every bit are. Initializers that passes
computed are compared before they are rounded. Those that are inputs or outputs of the graph stay.

Floating-point numbers that are equal in the file stay as well, unless stored is set. Rounding can make
two initializers equal that the passes kept apart, and fusing the result again would then merge them.`

// DeduplicateInitializers shares equal initializers.
type DeduplicateInitializers struct {
	// Stored shares also floating-point numbers of which none is computed.
	Stored bool `yaml:"stored" doc:"also share floating-point numbers that are equal in the file and that no pass computed"`
}

func deduplicateInitializers() entry {
	return entry{Name: "deduplicate_initializers", Doc: deduplicateDoc, New: func() pipeline.Pass { return &DeduplicateInitializers{} }}
}

// Run keeps the first of equal initializers.
func (p *DeduplicateInitializers) Run(_ context.Context, r *pipeline.Rewriter) error {
	f := fingerprinter{seed: maphash.MakeSeed()}
	for sub := range r.Graph().All() {
		seen := map[fingerprint][]*graph.Value{}
		for _, v := range alike(sub) {
			t := v.Constant()
			key, err := f.of(t)
			if err != nil {
				return err
			}
			at := slices.IndexFunc(seen[key], func(other *graph.Value) bool {
				return p.compares(other.Constant(), t) && sameElements(other.Constant(), t)
			})
			if at < 0 {
				seen[key] = append(seen[key], v)
				continue
			}
			kept := seen[key][at]
			if !r.Rewrite(v.Name(), fmt.Sprintf("initializer equals %q and shares it", kept.Name()), func() {
				graph.ReplaceAllUses(v, kept)
				sub.RemoveInitializer(v)
			}) {
				return nil
			}
		}
	}
	return nil
}

// compares reports whether two tensors of one type may be shared if they are equal.
func (p *DeduplicateInitializers) compares(a, b *tensor.Tensor) bool {
	return p.Stored || !a.Type().IsFloat() || a.Computed() || b.Computed()
}

// layout is what two tensors have in common before their elements are looked at.
type layout struct {
	typ   tensor.Type
	shape string
}

func layoutOf(t *tensor.Tensor) layout { return layout{t.Type(), tensor.FormatShape(t.Shape())} }

// alike lists the initializers of g that may be shared and are not the only one of their layout.
func alike(g *graph.Graph) []*graph.Value {
	var list []*graph.Value
	count := map[layout]int{}
	for v := range g.Initializers() {
		t := v.Constant()
		if t == nil || t.Type() == tensor.String || v.IsInput() || v.IsOutput() || !v.Used() {
			continue
		}
		list = append(list, v)
		count[layoutOf(t)]++
	}
	return slices.DeleteFunc(list, func(v *graph.Value) bool { return count[layoutOf(v.Constant())] == 1 })
}

// fingerprint finds candidates for equality without reading all of a large tensor.
type fingerprint struct {
	layout
	ends uint64
}

// fingerprinter makes fingerprints, with buffers of its own.
type fingerprinter struct {
	seed maphash.Seed
	row  []float64
	raw  []byte
}

// of hashes the first and the last elements. What is computed is a tensor of floats, so these hash as
// numbers, and a computed one meets a stored one of the same value.
func (f *fingerprinter) of(t *tensor.Tensor) (fingerprint, error) {
	key := fingerprint{layout: layoutOf(t)}
	if !t.Type().IsFloat() || t.Len() == 0 {
		raw, err := t.Bytes()
		if err != nil {
			return key, err
		}
		f.raw = ends(f.raw[:0], raw, 256)
	} else {
		rows, width := rowsOf(t)
		f.row = slices.Grow(f.row[:0], width)[:width]
		f.raw = f.raw[:0]
		for _, r := range []int{0, rows - 1} {
			t.Row(f.row, r)
			for _, v := range ends(nil, f.row, 32) {
				f.raw = binary.LittleEndian.AppendUint64(f.raw, math.Float64bits(v))
			}
		}
	}
	key.ends = maphash.Bytes(f.seed, f.raw)
	return key, nil
}

// ends appends the first n and the last n elements of a list.
func ends[E any](dst, list []E, n int) []E {
	return append(append(dst, list[:min(n, len(list))]...), list[max(0, len(list)-n):]...)
}

// rowsOf is the number of rows of a tensor and the number of elements in each.
func rowsOf(t *tensor.Tensor) (rows, width int) {
	if t.Rank() == 0 {
		return 1, 1
	}
	return int(t.Shape()[0]), t.Len() / int(t.Shape()[0])
}

// sameElements compares two tensors of one type and shape.
func sameElements(a, b *tensor.Tensor) bool {
	if !a.Computed() && !b.Computed() {
		rawA, errA := a.Bytes()
		rawB, errB := b.Bytes()
		return errA == nil && errB == nil && bytes.Equal(rawA, rawB)
	}
	if a.Len() == 0 {
		return true
	}
	rows, width := rowsOf(a)
	rowA, rowB := make([]float64, width), make([]float64, width)
	for r := range rows {
		a.Row(rowA, r)
		b.Row(rowB, r)
		if !slices.EqualFunc(rowA, rowB, func(x, y float64) bool { return math.Float64bits(x) == math.Float64bits(y) }) {
			return false
		}
	}
	return true
}
