package passtest_test

import (
	"errors"
	"math"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/passes/passtest"
	"github.com/acdeploy/acdeploy/tensor"
)

// The difference is relative to the largest magnitude of the first model's answer.
func TestDifference(t *testing.T) {
	in := tensor.Map{"x": tensor.Of([]int64{4}, 1.0, -8, 2, 0)}
	diff, err := passtest.Difference(scaled(2), scaled(2.5), in)
	if err != nil || math.Abs(diff-0.25) > 1e-15 {
		t.Errorf("%g, %v", diff, err)
	}
	if err := passtest.Equal(scaled(2), scaled(2), in); err != nil {
		t.Error(err)
	}
	nothing := tensor.Map{"x": tensor.Of([]int64{4}, math.NaN(), math.NaN(), math.NaN(), math.NaN())}
	if _, err := passtest.Difference(scaled(2), scaled(2), nothing); !errors.Is(err, passtest.ErrBefore) {
		t.Errorf("an answer without a number compares: %v", err)
	}
}

// counted is x + by, of one integer.
func counted(by int64) *graph.Model {
	m := graph.NewModel(8, graph.Opset{Version: 17})
	x, err := m.Graph.AddInput("x", graph.Type{Elem: tensor.Int64, Ranked: true, Shape: []tensor.Dim{{Size: 1}}})
	if err != nil {
		panic(err)
	}
	n := graph.NewNode("Add", x, m.Graph.NewInitializer("by", tensor.Of(nil, by)))
	n.TakeOutput(m.Graph.NewValue("y"))
	m.Graph.Append(n)
	m.Graph.AddOutput(n.Output(0))
	return m
}

// Integers have to be the very same, also where float64 cannot tell them apart.
func TestIntegersAreEqualOrNot(t *testing.T) {
	in := tensor.Map{"x": tensor.Of([]int64{1}, int64(1<<60))}
	if err := passtest.Equal(counted(1), counted(1), in); err != nil {
		t.Error(err)
	}
	if err := passtest.Equal(counted(1), counted(0), in); err == nil {
		t.Error("2⁶⁰ counts as 2⁶⁰+1")
	}
}
