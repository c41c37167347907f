package passes

import (
	"bytes"
	"context"
	"hash/maphash"
	"slices"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/pipeline"
	"github.com/acdeploy/acdeploy/tensor"
)

const deduplicateDoc = `makes equal initializers one

Two initializers of one graph are equal when type, shape and every bit are. Those that are inputs or
outputs stay, and so do computed ones.`

// DeduplicateInitializers shares equal initializers.
type DeduplicateInitializers struct{}

var _ pipeline.Pass = (*DeduplicateInitializers)(nil)

// fingerprint finds candidates for equality without reading all of a large tensor.
type fingerprint struct {
	typ   tensor.Type
	shape string
	ends  uint64
}

// Run keeps the first of equal initializers.
func (*DeduplicateInitializers) Run(ctx context.Context, g *graph.Graph) (pipeline.Summary, error) {
	var sum pipeline.Summary
	seed := maphash.MakeSeed()
	for sub := range g.All() {
		seen := map[fingerprint][]*graph.Value{}
		for v := range sub.Initializers() {
			t := v.Constant()
			if t == nil || t.Computed() || t.Type() == tensor.String || v.IsInput() || v.IsOutput() || !v.Used() {
				continue
			}
			raw, err := t.Bytes()
			if err != nil {
				return sum, err
			}
			key := fingerprint{t.Type(), tensor.FormatShape(t.Shape()), endsOf(seed, raw)}
			at := slices.IndexFunc(seen[key], func(other *graph.Value) bool { return equalBytes(other, raw) })
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

// endsOf hashes the first and the last bytes.
func endsOf(seed maphash.Seed, raw []byte) uint64 {
	const n = 256
	if len(raw) <= 2*n {
		return maphash.Bytes(seed, raw)
	}
	return maphash.Bytes(seed, raw[:n]) ^ 3*maphash.Bytes(seed, raw[len(raw)-n:])
}

func equalBytes(v *graph.Value, raw []byte) bool {
	other, err := v.Constant().Bytes()
	return err == nil && bytes.Equal(other, raw)
}
