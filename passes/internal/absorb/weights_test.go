package absorb

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/shapes"
	"github.com/acdeploy/acdeploy/tensor"
)

// Every kind of layer says which two channels each of its weights joins: their numbers are 10 times the output channel plus the input
// channel, so that they tell.
func TestWeightsOfLayers(t *testing.T) {
	for name, c := range map[string]struct {
		op             string
		shape          []int64
		weights        []float32
		attrs          []*graph.Attr
		rank           int
		out, in, group int
	}{
		"conv":           {"Conv", []int64{2, 3, 1}, []float32{0, 1, 2, 10, 11, 12}, nil, 3, 2, 3, 1},
		"conv_of_groups": {"Conv", []int64{2, 2, 1}, []float32{0, 1, 12, 13}, []*graph.Attr{graph.IntAttr("group", 2)}, 3, 2, 4, 2},
		"conv_transpose": {"ConvTranspose", []int64{3, 2, 1}, []float32{0, 10, 1, 11, 2, 12}, nil, 3, 2, 3, 1},
		"conv_transpose_of_groups": {
			"ConvTranspose", []int64{4, 1, 1}, []float32{0, 1, 12, 13}, []*graph.Attr{graph.IntAttr("group", 2)}, 3, 2, 4, 2,
		},
		"gemm":            {"Gemm", []int64{3, 2}, []float32{0, 10, 1, 11, 2, 12}, nil, 2, 2, 3, 1},
		"gemm_transposed": {"Gemm", []int64{2, 3}, []float32{0, 1, 2, 10, 11, 12}, []*graph.Attr{graph.IntAttr("transB", 1)}, 2, 2, 3, 1},
		"matmul":          {"MatMul", []int64{3, 2}, []float32{0, 10, 1, 11, 2, 12}, nil, 2, 2, 3, 1},
	} {
		t.Run(name, func(t *testing.T) {
			m := graph.NewModel(8, graph.Opset{Version: 17})
			dims := []tensor.Dim{tensor.Fixed(1), tensor.Fixed(int64(c.in)), tensor.Fixed(5)}[:c.rank]
			x, err := m.Graph.AddInput("x", graph.Type{Elem: tensor.Float32, Ranked: true, Shape: dims})
			if err != nil {
				t.Fatal(err)
			}
			n := graph.NewNode(c.op, x, m.Graph.NewInitializer("w", tensor.Of(c.shape, c.weights...)))
			for _, a := range c.attrs {
				n.AddAttr(a)
			}
			n.TakeOutput(m.Graph.NewValue("y"))
			m.Graph.Append(n)
			m.Graph.AddOutput(n.Output(0))
			b, ok := Between(n, shapes.Of(m.Graph))
			if !ok || len(b.Front) != 1 {
				t.Fatalf("it is no layer: %+v", b)
			}
			w := b.Front[0].Weights()
			if got, want := []int{w.Out, w.In, w.Group}, []int{c.out, c.in, c.group}; !cmp.Equal(got, want) || w.Shared || w.Bias != nil {
				t.Errorf("got %v, shared %t, bias %v, want %v", got, w.Shared, w.Bias, want)
			}
			rows := int(c.shape[0])
			each := w.Data.Len() / rows
			for i, v := range w.Data.Float64s() {
				if out, in := w.At(i/each, i%each); float64(10*out+in) != v {
					t.Errorf("the number of output channel %d and input channel %d is %g", out, in, v)
				}
			}
		})
	}
}
