package reference

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/onnx"
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

// BenchmarkTrained runs the heaviest of the trained networks on one image.
func BenchmarkTrained(b *testing.B) {
	dir := sharedModels(b)
	image := evaluation(b, dir, 1)
	for _, name := range []string{"densenet40", "resnet20", "vgg16_quarter"} {
		b.Run(name, func(b *testing.B) {
			data, err := os.ReadFile(filepath.Join(dir, name, "acnet.onnx"))
			if err != nil {
				b.Fatal(err)
			}
			m, err := onnx.Decode(data, nil)
			if err != nil {
				b.Fatal(err)
			}
			s, err := OpenGraph(m)
			if err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				if _, err := s.RunFloat64(context.Background(), tensor.Map{m.Graph.Inputs()[0].Name(): image}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkResNet18 runs the plain and the branched network at 224².
func BenchmarkResNet18(b *testing.B) {
	for name, branched := range map[string]bool{"plain": false, "acnet": true} {
		b.Run(name, func(b *testing.B) {
			m := resNet18(b, branched)
			s, err := OpenGraph(m)
			if err != nil {
				b.Fatal(err)
			}
			image := noise(rand.New(rand.NewPCG(1, 2)), 1, 3, 224, 224)
			for b.Loop() {
				if _, err := s.RunFloat64(context.Background(), tensor.Map{"x": image}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// resNet18 is the network's convolutions, sums and poolings with random weights; branched, every
// 3×3 is a sum of 3×3, 1×3 and 3×1.
func resNet18(b *testing.B, branched bool) *graph.Model {
	b.Helper()
	m := graph.NewModel(8, graph.Opset{Version: 13})
	rng := rand.New(rand.NewPCG(3, 4))
	x, err := m.Graph.AddInput("x", graph.Type{Elem: tensor.Float32})
	if err != nil {
		b.Fatal(err)
	}
	conv := func(in *graph.Value, from, to, kh, kw int, stride int64) *graph.Value {
		h, w := int64(kh/2), int64(kw/2)
		return appended(b, m.Graph, "Conv", []*graph.Attr{graph.IntsAttr("strides", stride, stride), graph.IntsAttr("pads", h, w, h, w)},
			in, m.Graph.NewInitializer("w", noise(rng, to, from, kh, kw)))
	}
	square := func(in *graph.Value, from, to int, stride int64) *graph.Value {
		y := conv(in, from, to, 3, 3, stride)
		if branched {
			y = appended(b, m.Graph, "Add", nil, y, conv(in, from, to, 1, 3, stride))
			y = appended(b, m.Graph, "Add", nil, y, conv(in, from, to, 3, 1, stride))
		}
		return y
	}
	y := appended(b, m.Graph, "Relu", nil, conv(x, 3, 64, 7, 7, 2))
	y = appended(b, m.Graph, "MaxPool", []*graph.Attr{
		graph.IntsAttr("kernel_shape", 3, 3), graph.IntsAttr("strides", 2, 2), graph.IntsAttr("pads", 1, 1, 1, 1),
	}, y)
	from := 64
	for stage, to := range []int{64, 128, 256, 512} {
		for block := range 2 {
			stride, shortcut := int64(1), y
			if stage > 0 && block == 0 {
				stride = 2
				shortcut = conv(y, from, to, 1, 1, 2)
			}
			y = appended(b, m.Graph, "Relu", nil, square(y, from, to, stride))
			y = appended(b, m.Graph, "Relu", nil, appended(b, m.Graph, "Add", nil, square(y, to, to, 1), shortcut))
			from = to
		}
	}
	m.Graph.AddOutput(appended(b, m.Graph, "GlobalAveragePool", nil, y))
	return m
}
