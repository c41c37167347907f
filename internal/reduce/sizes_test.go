package reduce

import (
	"context"
	"slices"
	"testing"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/backends/reference"
	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/model"
	"github.com/acdeploy/acdeploy/tensor"
	"github.com/acdeploy/acdeploy/verify"
)

// runs tries a model in float64.
func runs(ctx context.Context, m *graph.Model) error {
	open, err := reference.OpenPartly(m)
	if err != nil {
		return err
	}
	defer func() { _ = open.Close() }()
	s := model.SignatureOf(m)
	in, err := verify.Generate(backends.Model{Inputs: s.Inputs, Outputs: s.Outputs}, 1, 1, nil)
	if err != nil {
		return err
	}
	_, err = open.RunFloat64(ctx, in[0])
	return err
}

// The channels, the images and the batch of a convolution become one, and it can still be run.
func TestSizes(t *testing.T) {
	small, err := Model(t.Context(), network(t), Options{Check: has("Conv", 1), Runs: runs})
	if err != nil {
		t.Fatal(err)
	}
	if err := runs(t.Context(), small); err != nil {
		t.Fatal(err)
	}
	for v := range small.Graph.Initializers() {
		if v.Data().Len() > 1 {
			t.Errorf("%s is %v", v.Name(), v.Data().Shape())
		}
	}
	for _, v := range small.Graph.Inputs() {
		for _, d := range v.Type().Shape {
			if d.Size != 1 {
				t.Errorf("%s is %v", v.Name(), v.Type())
			}
		}
	}
}

func TestShorter(t *testing.T) {
	cut := tensor.Of([]int64{2, 3}, int64(1), 2, 3, 4, 5, 6)
	if got, _ := shorter(cut, 3, 2).Int64s(); !slices.Equal(got, []int64{1, 2, 4, 5}) {
		t.Errorf("got %v", got)
	}
	if got, _ := shorter(cut, 2, 1).Int64s(); !slices.Equal(got, []int64{1, 2, 3}) {
		t.Errorf("got %v", got)
	}
	if got := shorter(cut, 7, 1); got != cut {
		t.Error("nothing of that size changed")
	}
	shape := tensor.Of([]int64{3}, int64(-1), 64, 7)
	if got, _ := shorter(shape, 64, 1).Int64s(); !slices.Equal(got, []int64{-1, 1, 7}) {
		t.Errorf("got %v", got)
	}
}

// A size whose change makes a model that cannot be run stays.
func TestSizesThatMustFit(t *testing.T) {
	m := graph.NewModel(8, graph.Opset{Version: 17})
	x, err := m.Graph.AddInput("x", graph.Type{Elem: tensor.Float32, Ranked: true, Shape: []tensor.Dim{tensor.Fixed(2), tensor.Fixed(6)}})
	if err != nil {
		t.Fatal(err)
	}
	n := graph.NewNode("Reshape", x, m.Graph.NewInitializer("shape", tensor.Of([]int64{2}, int64(3), 4)))
	n.TakeOutput(m.Graph.NewValue("y"))
	m.Graph.Append(n)
	m.Graph.AddOutput(n.Output(0))
	small, err := Model(t.Context(), m, Options{Check: has("Reshape", 1), Runs: runs})
	if err != nil {
		t.Fatal(err)
	}
	if err := runs(t.Context(), small); err != nil {
		t.Error(err)
	}
}
