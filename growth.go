package acdeploy

import (
	"fmt"
	"math"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/human"
	"github.com/acdeploy/acdeploy/model"
)

// freeGrowth is how many bytes the constants of any model may grow by.
const freeGrowth = 64_000_000

// checkGrowth refuses a model whose constants take more than most times the bytes of the original's and [freeGrowth]. A
// weight that many nodes share is one in the file, and after a fold into each of them it is many. Zero is no limit.
func (f *Fused) checkGrowth(most float64) error {
	before, after := model.ConstantBytes(f.source.Model()), model.ConstantBytes(f.model)
	if most == 0 || float64(after) <= most*float64(before)+freeGrowth {
		return nil
	}
	times := math.Ceil(float64(after-freeGrowth) / float64(max(before, 1)))
	return fmt.Errorf("fuse %s: its constants would grow from %s to %s%s; --max-growth %.0f, or max_growth in a configuration, allows it",
		f.source.Path(), human.Bytes(before), human.Bytes(after), shared(f.source.Model()), max(times, 1))
}

// shared tells of the initializer that would grow most if every node that reads it had its own; "" where none is shared.
func shared(m *graph.Model) string {
	most, text := 0, ""
	for g := range m.Graph.All() {
		for v := range g.Initializers() {
			t, uses := v.Data(), v.UseCount()
			if t == nil || (uses-1)*t.ByteSize() <= most {
				continue
			}
			most = (uses - 1) * t.ByteSize()
			text = fmt.Sprintf(", because %d nodes share %q, and a fold into a node gives it one of its own", uses, v.Name())
		}
	}
	return text
}
