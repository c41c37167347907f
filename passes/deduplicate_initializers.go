package passes

import (
	"bytes"
	"context"
	"hash/maphash"
	"math"
	"slices"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/pipeline"
	"github.com/acdeploy/acdeploy/tensor"
)

const deduplicateDoc = `makes equal initializers one

Two initializers of one graph are equal when type, shape and every bit are; those that passes computed
are compared before they are rounded. Those that are inputs or outputs stay, and a few numbers, which
rounding may make equal by chance.`

// DeduplicateInitializers shares equal initializers.
type DeduplicateInitializers struct{}

var _ pipeline.Pass = (*DeduplicateInitializers)(nil)

// Run keeps the first of equal initializers.
func (*DeduplicateInitializers) Run(ctx context.Context, g *graph.Graph) (pipeline.Summary, error) {
	var sum pipeline.Summary
	seed := maphash.MakeSeed()
	for sub := range g.All() {
		seen := map[fingerprint][]*graph.Value{}
		for v := range sub.Initializers() {
			t := v.Constant()
			if t == nil || t.Type() == tensor.String || v.IsInput() || v.IsOutput() || !v.Used() || fewFloats(t) {
				continue
			}
			key, err := fingerprintOf(seed, t)
			if err != nil {
				return sum, err
			}
			at := slices.IndexFunc(seen[key], func(other *graph.Value) bool { return sameElements(other.Constant(), t) })
			if at < 0 {
				seen[key] = append(seen[key], v)
				continue
			}
			if !pipeline.Allow(ctx) {
				return sum, nil
			}
			kept := seen[key][at]
			sum.Rewrote(v.Name(), "initializer equals %q and shares it", kept.Name())
			graph.ReplaceAllUses(v, kept)
			sub.RemoveInitializer(v)
		}
	}
	return sum, nil
}

// fewFloats reports a tensor so small that two of them may be equal only because they were rounded: the
// next run would share what this one must not.
func fewFloats(t *tensor.Tensor) bool { return t.Type().IsFloat() && t.Len() < 4 }

// fingerprint finds candidates for equality without reading all of a large tensor.
type fingerprint struct {
	typ   tensor.Type
	shape string
	ends  uint64
}

// fingerprintOf hashes the first and the last elements. What is computed is a tensor of floats, so
// these hash as numbers, and a computed one meets a stored one of the same value.
func fingerprintOf(seed maphash.Seed, t *tensor.Tensor) (fingerprint, error) {
	key := fingerprint{typ: t.Type(), shape: tensor.FormatShape(t.Shape())}
	if t.Type().IsFloat() && t.Len() > 0 {
		rows, width := rowsOf(t)
		row := make([]float64, width)
		for _, r := range []int{0, rows - 1} {
			t.Row(row, r)
			key.ends = 3*key.ends ^ hashNumbers(seed, row)
		}
		return key, nil
	}
	const n = 256
	raw, err := t.Bytes()
	if err != nil {
		return key, err
	}
	key.ends = maphash.Bytes(seed, raw[:min(n, len(raw))]) ^ 3*maphash.Bytes(seed, raw[max(0, len(raw)-n):])
	return key, nil
}

func hashNumbers(seed maphash.Seed, row []float64) uint64 {
	const n = 32
	var h maphash.Hash
	h.SetSeed(seed)
	for _, part := range [][]float64{row[:min(n, len(row))], row[max(0, len(row)-n):]} {
		for _, v := range part {
			maphash.WriteComparable(&h, math.Float64bits(v))
		}
	}
	return h.Sum64()
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
