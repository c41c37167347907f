package layers_test

import (
	"slices"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/layers"
	"github.com/acdeploy/acdeploy/tensor"
)

// made is a node with one input, weights and a bias; a nil tensor is left out.
func made(t *testing.T, op string, weights, bias *tensor.Tensor, attrs ...*graph.Attr) *graph.Node {
	t.Helper()
	g := graph.NewModel(8, graph.Opset{Version: 17}).Graph
	x, err := g.AddInput("x", graph.Type{Elem: tensor.Float32})
	if err != nil {
		t.Fatal(err)
	}
	n := graph.NewNode(op, x, g.NewInitializer("w", weights))
	if bias != nil {
		n.AddInput(g.NewInitializer("b", bias))
	}
	for _, a := range attrs {
		n.SetAttr(a)
	}
	n.TakeOutput(g.NewValue("y"))
	g.Append(n)
	return n
}

// counted is a tensor of the numbers from one on.
func counted(shape ...int64) *tensor.Tensor {
	n, _ := tensor.Count(shape)
	list := make([]float32, n)
	for i := range list {
		list[i] = float32(i + 1)
	}
	return tensor.Of(shape, list...)
}

// TestChannels scales the second output channel of each operator, and looks which numbers change.
func TestChannels(t *testing.T) {
	for name, c := range map[string]struct {
		node     *graph.Node
		channels int
		changed  []int
	}{
		"Conv":                  {made(t, "Conv", counted(3, 2, 2), nil), 3, []int{4, 5, 6, 7}},
		"ConvTranspose":         {made(t, "ConvTranspose", counted(2, 3, 2), nil), 3, []int{2, 3, 8, 9}},
		"ConvTranspose, groups": {made(t, "ConvTranspose", counted(4, 1, 2), nil, graph.IntAttr("group", 2)), 2, []int{4, 5, 6, 7}},
		"Gemm":                  {made(t, "Gemm", counted(2, 3), nil), 3, []int{1, 4}},
		"Gemm, transposed":      {made(t, "Gemm", counted(3, 2), nil, graph.IntAttr("transB", 1)), 3, []int{2, 3}},
		"MatMul":                {made(t, "MatMul", counted(2, 3), nil), 3, []int{1, 4}},
		"MatMul of a batch":     {made(t, "MatMul", counted(2, 2, 3), nil), 3, []int{1, 4, 7, 10}},
	} {
		l, ok := layers.Of(c.node)
		if !ok || l.Channels != c.channels {
			t.Errorf("%s: %d channels, %v", name, l.Channels, ok)
			continue
		}
		was, now := l.Weights.Constant().Float64s(), l.Scaled(1, 3).Float64s()
		var changed []int
		for i := range was {
			if now[i] == 3*was[i] {
				changed = append(changed, i)
			} else if now[i] != was[i] {
				t.Errorf("%s: number %d becomes %g", name, i, now[i])
			}
		}
		if !slices.Equal(changed, c.changed) {
			t.Errorf("%s: numbers %v change, want %v", name, changed, c.changed)
		}
		if largest := l.Largest()[1]; largest != was[c.changed[len(c.changed)-1]] {
			t.Errorf("%s: the largest number is %g", name, largest)
		}
	}
}

// TestWeightsLeftOfTheInput reads a MatMul whose input comes second.
func TestWeightsLeftOfTheInput(t *testing.T) {
	n := made(t, "MatMul", counted(2, 3), nil)
	x, w := n.Input(0), n.Input(1)
	n.SetInput(0, w)
	n.SetInput(1, x)
	l, ok := layers.Of(n)
	responses, scale, known := l.Responses(tensor.Of([]int64{1, 2, 2}, 1.0, -2.0, 3.0, 4.0))
	if !ok || l.Channels != 2 || !known || scale != 4 || !slices.Equal(responses, []float64{2, 4}) {
		t.Errorf("%d channels, responses %v of %g", l.Channels, responses, scale)
	}
}

// TestNoLayer leaves alone what has no weights, or none that are known.
func TestNoLayer(t *testing.T) {
	computed := made(t, "Conv", counted(1, 1, 1), nil)
	computed.SetInput(1, computed.Input(0))
	for name, n := range map[string]*graph.Node{
		"another operator": made(t, "Add", counted(1, 1), nil),
		"a vector":         made(t, "MatMul", counted(3), nil),
		"no number":        made(t, "Conv", counted(0, 1, 1), nil),
		"integers":         made(t, "MatMul", tensor.Of([]int64{1, 1}, int32(1)), nil),
		"uneven groups":    made(t, "ConvTranspose", counted(3, 1, 1), nil, graph.IntAttr("group", 2)),
		"computed weights": computed,
	} {
		if _, ok := layers.Of(n); ok {
			t.Errorf("%s is a layer", name)
		}
	}
}

// TestResponses takes the bias off the result, channel by channel.
func TestResponses(t *testing.T) {
	image := tensor.Of([]int64{2, 2, 2}, 1.0, 2.0, 30.0, 40.0, 5.0, 6.0, 70.0, -80.0)
	row := tensor.Of([]int64{2, 2}, 1.0, 2.0, -3.0, 4.0)
	for name, c := range map[string]struct {
		node   *graph.Node
		result *tensor.Tensor
		want   []float64
	}{
		"Conv":                  {made(t, "Conv", counted(2, 1, 1), nil), image, []float64{6, 80}},
		"Conv with a bias":      {made(t, "Conv", counted(2, 1, 1), tensor.Of([]int64{2}, float32(6), 10)), image, []float64{5, 90}},
		"Gemm with β":           {made(t, "Gemm", counted(1, 2), tensor.Of([]int64{2}, float32(1), 2), graph.FloatAttr("beta", 2)), row, []float64{5, 2}},
		"Gemm with one number":  {made(t, "Gemm", counted(1, 2), tensor.Of(nil, float32(1))), row, []float64{4, 3}},
		"a bias for each row":   {made(t, "Gemm", counted(1, 2), tensor.Of([]int64{2, 1}, float32(1), 2)), row, nil},
		"another axis":          {made(t, "Conv", counted(3, 1, 1), nil), image, nil},
		"no axis":               {made(t, "Conv", counted(2, 1, 1), nil), tensor.Of([]int64{2}, 1.0, 2.0), nil},
		"a bias that is given":  {given(made(t, "Conv", counted(2, 1, 1), tensor.Of([]int64{2}, float32(6), 10))), image, nil},
		"a result of no number": {made(t, "Conv", counted(2, 1, 1), nil), tensor.Of[float64]([]int64{0, 2, 2}), []float64{0, 0}},
	} {
		l, ok := layers.Of(c.node)
		got, _, known := l.Responses(c.result)
		if !ok || !slices.Equal(got, c.want) || known != (c.want != nil) {
			t.Errorf("%s: %v, %v, want %v", name, got, known, c.want)
		}
	}
}

// given makes the bias of a node an input.
func given(n *graph.Node) *graph.Node {
	n.SetInput(2, n.Input(0))
	return n
}

// TestFeed gives a node weights from elsewhere. The layer still knows those that it had, and they stay where another node
// reads them.
func TestFeed(t *testing.T) {
	for _, shared := range []bool{false, true} {
		n := made(t, "Conv", counted(2, 1, 1), nil)
		l, _ := layers.Of(n)
		g := n.Graph()
		if shared {
			other := graph.NewNode("Conv", g.Inputs()[0], l.Weights)
			other.TakeOutput(g.NewValue("z"))
			g.Append(other)
		}
		v, err := g.AddInput("weights", graph.Type{Elem: tensor.Float32})
		if err != nil {
			t.Fatal(err)
		}
		l.Feed(v)
		if n.Input(1) != v || (g.Lookup("w") != nil) != shared || l.Scaled(0, 2).Float64s()[0] != 2 {
			t.Errorf("shared %v: the node reads %s", shared, n.Input(1).Name())
		}
	}
}

// TestScale multiplies one channel of the weights, or of the bias, in the graph, as a file would hold it.
func TestScale(t *testing.T) {
	weights, bias := tensor.Of([]int64{2, 1, 1}, float32(3), 5), tensor.Of([]int64{2}, float32(7), 1e38)
	for name, c := range map[string]struct {
		part    layers.Part
		channel int
		by      float64
		fits    bool
		weights []float64
		bias    []float64
	}{
		"weights":         {layers.PartWeights, 1, 1.1, true, []float64{3, 5.5}, []float64{7, float64(float32(1e38))}},
		"bias":            {layers.PartBias, 0, 2, true, []float64{3, 5}, []float64{14, float64(float32(1e38))}},
		"it does not fit": {layers.PartBias, 1, 10, false, []float64{3, 5}, []float64{7, float64(float32(1e38))}},
	} {
		l, _ := layers.Of(made(t, "Conv", weights, bias))
		if got := l.Scale(c.part, c.channel, c.by); got != c.fits {
			t.Errorf("%s: %t", name, got)
		}
		if got := l.Node.Input(1).Constant().Float64s(); !slices.Equal(got, c.weights) {
			t.Errorf("%s: the weights are %v, want %v", name, got, c.weights)
		}
		if got := l.Node.Input(2).Constant().Float64s(); !slices.Equal(got, c.bias) {
			t.Errorf("%s: the bias is %v, want %v", name, got, c.bias)
		}
	}
	l, _ := layers.Of(made(t, "Conv", weights, nil))
	if l.Scale(layers.PartBias, 0, 2) || l.ScaledBias(0, 2) != nil {
		t.Error("it has a bias")
	}
}

// TestIn lists the layers of a model in the order of their nodes.
func TestIn(t *testing.T) {
	l, _ := layers.Of(made(t, "Conv", tensor.Of([]int64{2, 1, 1}, float32(3), 5), nil))
	m := &graph.Model{Graph: l.Node.Graph()}
	if got := layers.In(m); len(got) != 1 || got[0].Node != l.Node {
		t.Errorf("%+v", got)
	}
}
