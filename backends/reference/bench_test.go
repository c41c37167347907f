package reference

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/tensor"
)

// noise is a tensor of small random multiples of 1/8, which float32 and sums of many of them hold
// exactly.
func noise(rng *rand.Rand, shape ...int) *tensor.Tensor {
	wide, n := make([]int64, len(shape)), 1
	for k, d := range shape {
		wide[k] = int64(d)
		n *= d
	}
	elems := make([]float32, n)
	for k := range elems {
		elems[k] = float32(rng.IntN(33)-16) / 8
	}
	return tensor.Of(wide, elems...)
}

// oneNode is a model of one node whose inputs are constants; nil stands for an absent one.
func oneNode(opset int64, op string, attrs []*graph.Attr, outs int, in ...*tensor.Tensor) *graph.Model {
	m := graph.NewModel(8, graph.Opset{Version: opset})
	values := make([]*graph.Value, len(in))
	for k, t := range in {
		if t != nil {
			values[k] = m.Graph.NewInitializer("in", t)
		}
	}
	n := graph.NewNode(op, values...)
	n.Name = "the_node"
	for _, a := range attrs {
		n.SetAttr(a)
	}
	for range outs {
		v := m.Graph.NewValue("out")
		if err := n.AddOutput(v); err != nil {
			panic(err)
		}
		m.Graph.AddOutput(v)
	}
	m.Graph.Append(n)
	return m
}

// evaluate runs a model without inputs, unrounded.
func evaluate(m *graph.Model) ([]*tensor.Tensor, error) {
	s, err := OpenGraph(m)
	if err != nil {
		return nil, err
	}
	out, err := s.RunFloat64(context.Background(), nil)
	if err != nil {
		return nil, err
	}
	var list []*tensor.Tensor
	for _, v := range m.Graph.Outputs() {
		list = append(list, out[v.Name()])
	}
	return list, s.Close()
}

// BenchmarkConv runs the kinds of Conv that ResNet-18 and MobileNet at 224² consist of.
func BenchmarkConv(b *testing.B) {
	for _, c := range []struct{ in, out, size, kernel, group int }{
		{3, 64, 224, 7, 1}, {64, 64, 56, 3, 1}, {128, 128, 28, 3, 1}, {512, 512, 7, 3, 1}, {64, 128, 56, 1, 1}, {12, 12, 32, 3, 1}, {144, 144, 56, 3, 144},
	} {
		b.Run(fmt.Sprintf("%dto%d_%dx%d_at_%d_group_%d", c.in, c.out, c.kernel, c.kernel, c.size, c.group), func(b *testing.B) {
			rng := rand.New(rand.NewPCG(1, 2))
			p := int64(c.kernel / 2)
			m := oneNode(13, "Conv", []*graph.Attr{graph.IntsAttr("pads", p, p, p, p), graph.IntAttr("group", int64(c.group))}, 1,
				noise(rng, 1, c.in, c.size, c.size), noise(rng, c.out, c.in/c.group, c.kernel, c.kernel))
			s, err := OpenGraph(m)
			if err != nil {
				b.Fatal(err)
			}
			flops := 2 * float64(c.out*c.in/c.group*c.kernel*c.kernel*c.size*c.size)
			for b.Loop() {
				if _, err := s.RunFloat64(context.Background(), nil); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(flops*float64(b.N)/b.Elapsed().Seconds()/1e9, "Gflop/s")
		})
	}
}
