package memo

import (
	"slices"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/tensor"
)

// read is a recipe that counts how often it is read.
type read struct {
	tensor.Recipe
	times *int
}

func (r read) Row(dst []float64, row int) {
	if row == 0 {
		*r.times++
	}
	r.Recipe.Row(dst, row)
}

// TestMade does not compute a constant again that was made in the same way of the same numbers, and computes it otherwise.
func TestMade(t *testing.T) {
	m := graph.NewModel(8, graph.Opset{Version: 17})
	w := m.Graph.NewInitializer("w", tensor.Of([]int64{2}, float32(1), 2))
	n := graph.NewNode("Neg", w)
	n.TakeOutput(m.Graph.NewValue("y"))
	m.Graph.Append(n)
	m.Graph.AddOutput(n.Output(0))
	open, nodes := opener(1 << 20)
	times := 0
	for _, c := range []struct {
		from, to  []float32
		how       uint64
		reads, of int // recipes read, and nodes computed by now
	}{
		{[]float32{1, 2}, []float32{5, 6}, 1, 1, 1},
		{[]float32{1, 2}, []float32{5, 6}, 1, 1, 1},
		{[]float32{1, 2}, []float32{7, 8}, 2, 2, 2},
		{[]float32{1, 3}, []float32{9, 8}, 1, 3, 3},
		{[]float32{1, 2}, []float32{7, 8}, 2, 3, 3},
	} {
		e, err := open(m)
		if err != nil {
			t.Fatal(err)
		}
		numbers := make([]float64, 2)
		for k, v := range c.to {
			numbers[k] = float64(v)
		}
		made := tensor.Compute(tensor.Float32, []int64{2}, read{tensor.Vector(numbers), &times})
		e.(*remembering).Made(made, tensor.Of([]int64{2}, c.from...), c.how)
		run := e.Evaluate()
		if err := run.Set(w, made, tensor.Float32); err != nil {
			t.Fatal(err)
		}
		if err := run.Compute(t.Context(), n); err != nil {
			t.Fatal(err)
		}
		got, _, err := run.Value(n.Output(0))
		if err != nil || !slices.Equal(got.Float64s(), []float64{-numbers[0], -numbers[1]}) || times != c.reads || *nodes != c.of {
			t.Errorf("of %v, %d: %v, %v; read %d times, %d nodes", c.from, c.how, got.Float64s(), err, times, *nodes)
		}
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	}
}
