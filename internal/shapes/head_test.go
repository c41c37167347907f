package shapes_test

import (
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/tensor"
)

// sequence is a sequence of vectors of 3, of a length and a batch that are not known.
func sequence() net { return newNet("T", "N", 3) }

// second is the second result of a node of which v is the first.
func (n net) second(v *graph.Value) *graph.Value {
	more := n.g.NewValue("second")
	v.Producer().TakeOutput(more)
	return more
}

// lstm is an LSTM with a state of 4.
func (n net) lstm(attrs ...*graph.Attr) *graph.Value {
	zeros := func(shape ...int64) *graph.Value {
		count, err := tensor.Count(shape)
		if err != nil {
			panic(err)
		}
		return n.g.NewInitializer("w", tensor.Of(shape, make([]float32, count)...))
	}
	return n.node("LSTM", []*graph.Value{n.x, zeros(1, 16, 3), zeros(1, 16, 4)}, attrs...)
}

func TestHeads(t *testing.T) {
	axis, both, batch := func(k int64) *graph.Attr { return graph.IntAttr("axis", k) }, graph.StringAttr("direction", "bidirectional"), graph.IntAttr("layout", 1)
	two := func(op string, to func(n net) *graph.Value, attrs ...*graph.Attr) func(n net) *graph.Value {
		return func(n net) *graph.Value { return n.node(op, []*graph.Value{n.x, to(n)}, attrs...) }
	}
	image := func() net { return newNet("N", 3, "H", 32) }
	infer(t, map[string]rule{
		"the largest": {image(), two("TopK", func(n net) *graph.Value { return n.ints(5) }, axis(1)), "N 5 H 32"},
		"their places": {image(), func(n net) *graph.Value {
			return n.second(n.node("TopK", []*graph.Value{n.x, n.ints(5)}))
		}, "N 3 H 5"},
		"as many as a value says":  {image(), two("TopK", func(n net) *graph.Value { return n.on("Custom", n.x) }, axis(2)), "N 3 ?2 32"},
		"recurrent":                {sequence(), func(n net) *graph.Value { return n.lstm() }, "T 1 N 4"},
		"recurrent, both ways":     {sequence(), func(n net) *graph.Value { return n.lstm(both) }, "T 2 N 4"},
		"recurrent, batch first":   {sequence(), func(n net) *graph.Value { return n.lstm(batch) }, "T N 1 4"},
		"last state":               {sequence(), func(n net) *graph.Value { return n.second(n.lstm(both)) }, "2 N 4"},
		"last state, batch first":  {sequence(), func(n net) *graph.Value { return n.second(n.lstm(batch)) }, "T 1 4"},
		"recurrent, a scalar":      {newNet(), func(n net) *graph.Value { return n.lstm() }, "unknown"},
		"quantized":                {image(), two("QuantizeLinear", func(n net) *graph.Value { return n.scalar(1) }), "N 3 H 32"},
		"its scale":                {image(), func(n net) *graph.Value { return n.second(n.on("DynamicQuantizeLinear", n.x)) }, ""},
		"what is not zero":         {image(), func(n net) *graph.Value { return n.on("NonZero", n.x) }, "4 ?2"},
		"boxes":                    {image(), two("NonMaxSuppression", func(n net) *graph.Value { return n.x }), "?2 3"},
		"unique":                   {image(), func(n net) *graph.Value { return n.on("Unique", n.x) }, "?2"},
		"unique rows":              {image(), func(n net) *graph.Value { return n.on("Unique", n.x, axis(0)) }, "?2 3 H 32"},
		"rows of indices":          {image(), two("GatherND", func(n net) *graph.Value { return n.ints(0, 1) }), "H 32"},
		"rows of indices, batched": {image(), two("GatherND", func(n net) *graph.Value { return n.x }, graph.IntAttr("batch_dims", 1)), "unknown"},
		"samples":                  {image(), two("GridSample", func(n net) *graph.Value { return n.x }), "N 3 3 H"},
		"places of a pool": {image(), func(n net) *graph.Value {
			return n.second(n.on("MaxPool", n.x, graph.IntsAttr("kernel_shape", 2, 2), graph.IntsAttr("strides", 2, 2)))
		}, "N 3 ?2 16"},
		"regions": {image(), func(n net) *graph.Value {
			return n.node("RoiAlign", []*graph.Value{n.x, n.on("NonZero", n.x), n.ints(0)}, graph.IntAttr("output_width", 7))
		}, "4 3 1 7"},
		"loss":   {image(), two("NegativeLogLikelihoodLoss", func(n net) *graph.Value { return n.x }), ""},
		"losses": {image(), two("NegativeLogLikelihoodLoss", func(n net) *graph.Value { return n.scalar(1) }, graph.StringAttr("reduction", "none")), ""},
	})
}
