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
		list, err := f.likely(alike(sub))
		if err != nil {
			return err
		}
		first := map[fingerprint]*originals{}
		for _, v := range list {
			key, err := f.whole(v.Constant())
			if err != nil {
				return err
			}
			if first[key] == nil {
				first[key] = &originals{}
			}
			kept := first[key].of(v.Constant(), p.Stored)
			if kept == nil {
				first[key].add(v)
				continue
			}
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

// originals are the first initializers of a fingerprint. The others are compared with these alone, so that many initializers of the
// same numbers take no more than one comparison each.
type originals struct{ any, computed *graph.Value }

// add keeps an initializer that shares none.
func (o *originals) add(v *graph.Value) {
	if o.any == nil {
		o.any = v
	}
	if o.computed == nil && v.Constant().Computed() {
		o.computed = v
	}
}

// of is the initializer that a tensor may share; nil for none. stored says that floating-point numbers that are equal in the file may
// be shared.
func (o *originals) of(t *tensor.Tensor, stored bool) *graph.Value {
	kept := o.any
	if !stored && t.Type().IsFloat() && !t.Computed() {
		kept = o.computed
	}
	if kept == nil || !sameElements(kept.Constant(), t) {
		return nil
	}
	return kept
}

// layout is what two tensors have in common before their elements are looked at.
type layout struct {
	typ   tensor.Type
	rank  int
	sizes [4]int64
	more  string // the shape of a tensor of more axes
}

func layoutOf(t *tensor.Tensor) layout {
	l := layout{typ: t.Type(), rank: t.Rank()}
	if copy(l.sizes[:], t.Shape()) < l.rank {
		l.more = tensor.FormatShape(t.Shape())
	}
	return l
}

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

// fingerprint is what equal tensors have in common.
type fingerprint struct {
	layout
	hash uint64
}

// fingerprinter makes fingerprints, with buffers of its own.
type fingerprinter struct {
	seed maphash.Seed
	row  []float64
	ends []float64
	raw  []byte
}

// likely lists the initializers of which another one has the same ends.
func (f *fingerprinter) likely(all []*graph.Value) ([]*graph.Value, error) {
	keys := make([]fingerprint, len(all))
	count := map[fingerprint]int{}
	for i, v := range all {
		var err error
		if keys[i], err = f.of(v.Constant()); err != nil {
			return nil, err
		}
		count[keys[i]]++
	}
	var list []*graph.Value
	for i, v := range all {
		if count[keys[i]] > 1 {
			list = append(list, v)
		}
	}
	return list, nil
}

// whole hashes all elements, as numbers as [fingerprinter.of] does.
func (f *fingerprinter) whole(t *tensor.Tensor) (fingerprint, error) {
	key := fingerprint{layout: layoutOf(t)}
	var h maphash.Hash
	h.SetSeed(f.seed)
	if !t.Type().IsFloat() || t.Len() == 0 {
		raw, err := t.Bytes()
		_, _ = h.Write(raw)
		key.hash = h.Sum64()
		return key, err
	}
	rows, width := rowsOf(t)
	f.row = slices.Grow(f.row[:0], width)[:width]
	for r := range rows {
		t.Row(f.row, r)
		f.raw = f.raw[:0]
		for _, v := range f.row {
			f.raw = binary.LittleEndian.AppendUint64(f.raw, math.Float64bits(v))
		}
		_, _ = h.Write(f.raw)
	}
	key.hash = h.Sum64()
	return key, nil
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
			f.ends = ends(f.ends[:0], f.row, 32)
			for _, v := range f.ends {
				f.raw = binary.LittleEndian.AppendUint64(f.raw, math.Float64bits(v))
			}
		}
	}
	key.hash = maphash.Bytes(f.seed, f.raw)
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
