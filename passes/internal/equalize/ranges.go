package equalize

import (
	"math"

	"github.com/acdeploy/acdeploy/passes/internal/absorb"
	"github.com/acdeploy/acdeploy/tensor"
)

// ranges are the largest magnitudes of a layer's weights: for each output channel, one of each input channel that it reads.
type ranges struct {
	most       []float32 // an output channel after the other, with perGroup numbers each
	perGroup   int       // input channels of a group
	outOfGroup int       // output channels of a group
}

// rangesOf reads the weight of a layer once, row by row.
func rangesOf(w absorb.Weights) ranges {
	r := ranges{perGroup: w.In / w.Group, outOfGroup: w.Out / w.Group}
	r.most = make([]float32, w.Out*r.perGroup)
	eachRow(w.Data, func(row int, values []float64) {
		for i, v := range values {
			out, in := w.At(row, i)
			at := out*r.perGroup + in%r.perGroup
			r.most[at] = max(r.most[at], float32(math.Abs(v)))
		}
	})
	return r
}

// eachRow reads a tensor of at least one axis.
func eachRow(t *tensor.Tensor, visit func(row int, values []float64)) {
	rows := int(t.Shape()[0])
	values := make([]float64, t.Len()/rows)
	for row := range rows {
		t.Row(values, row)
		visit(row, values)
	}
}

// each visits the largest magnitudes, and the two channels that each joins.
func (r ranges) each(visit func(out, in int, most float64)) {
	for i, v := range r.most {
		out := i / r.perGroup
		visit(out, out/r.outOfGroup*r.perGroup+i%r.perGroup, float64(v))
	}
}
