package eval_test

import (
	"math"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/eval"
	"github.com/acdeploy/acdeploy/internal/shapes"
	"github.com/acdeploy/acdeploy/tensor"
)

func TestFunctions(t *testing.T) {
	agree(t, map[string]example{
		"the even of two":     {13, "Round", of(floats(-2.5, -0.5, 0.5, 1.5, 2.5)), nil, 0},
		"Floor below zero":    {13, "Floor", of(floats(-0.5, -2, 1.75)), nil, 0},
		"Sign of zero":        {13, "Sign", of(floats(-0.5, 0, 3)), nil, 0},
		"Sign of integers":    {13, "Sign", of(ints(-5, 0, 3)), nil, 0},
		"BitwiseNot of bytes": {18, "BitwiseNot", of(tensor.Of([]int64{2}, uint8(0), 0xf0)), nil, 0},
		"at the threshold":    {13, "ThresholdedRelu", of(floats(0.5, 1, 1.5)), nil, 0},
		"Shrink at its bound": {13, "Shrink", of(floats(-0.5, 0.5, 0.75)), with(graph.FloatAttr("bias", 0.25)), 0},
		"Selu":                {13, "Selu", of(numbers(9)), nil, 0},
		"Celu":                {13, "Celu", of(numbers(9)), with(graph.FloatAttr("alpha", 2)), 0},
	})
	left(t, map[string]example{
		"an arcsine past 1":            {13, "Asin", of(floats(1.5)), nil, 0},
		"an area cosine below 1":       {13, "Acosh", of(floats(0.5)), nil, 0},
		"a sine of a large angle":      {13, "Sin", of(floats(1e9)), nil, 0},
		"Floor of what is no number":   {13, "Floor", of(floats(float32(math.Inf(1)))), nil, 0},
		"a function with two operands": {13, "Sin", of(floats(1), floats(1)), nil, 0},
		"another approximation":        {20, "Gelu", of(floats(1)), with(graph.StringAttr("approximate", "coarse")), 0},
	})
}

// TestJumps: what jumps is computed of numbers that the file holds, and of those that are the same in every runtime
// because they need no rounding, but not of others, even if they look like whole ones.
func TestJumps(t *testing.T) {
	for name, c := range map[string]struct {
		make *tensor.Tensor
		want bool
	}{
		"stored":               {floats(1.5), true},
		"a computed fraction":  {tensor.Compute(tensor.Float32, []int64{1}, tensor.Vector{1.0 / 3}), false},
		"a computed whole one": {tensor.Compute(tensor.Float32, []int64{1}, tensor.Vector{2}), false},
	} {
		for _, op := range []string{"Floor", "Ceil", "Round", "Sign", "ThresholdedRelu", "Shrink", "ArgMax", "Hardmax", "NonZero", "Unique", "Cast"} {
			t.Run(name+"/"+op, func(t *testing.T) {
				x := example{13, op, of(c.make), nil, 0}
				if op == "Cast" {
					x.attrs = to(tensor.Int64)
				}
				m, n := x.build()
				if _, _, ok := evaluator(m).Result(n, 0); ok != c.want {
					t.Errorf("computed: %v", ok)
				}
			})
		}
	}
	for name, c := range map[string]struct {
		x    example
		want bool // whether it may be compared
	}{
		"a sum that needs no rounding": {example{13, "Add", of(floats(0.25), floats(0.5)), nil, 0}, true},
		"a sum that is rounded":        {example{13, "Add", of(floats(1), floats(1e-12)), nil, 0}, false},
		"a root":                       {example{13, "Sqrt", of(floats(9)), nil, 0}, true},
		"a power":                      {example{13, "Exp", of(floats(0)), nil, 0}, false},
		"a sum of whole numbers":       {example{13, "ReduceSum", of(floats(1, 2, 3)), nil, 0}, true},
		"a sum of large numbers":       {example{13, "ReduceSum", of(floats(1<<24, 1, -1<<24)), nil, 0}, false},
		"a product of whole numbers":   {example{11, "ReduceProd", of(floats(64, 64, 3, -1)), nil, 0}, true},
		"a product of fractions":       {example{11, "ReduceProd", of(floats(0.5, 2)), nil, 0}, false},
		"a product of large numbers":   {example{11, "ReduceProd", of(floats(1<<20, 1<<20)), nil, 0}, false},
		"a square":                     {example{13, "Pow", of(floats(3, 4), scalar(2)), nil, 0}, true},
		"a square by an integer":       {example{13, "Pow", of(floats(3, 4), integer(2)), nil, 0}, true},
		"a square of a fraction":       {example{13, "Pow", of(floats(0.5), scalar(2)), nil, 0}, false},
		"another power":                {example{13, "Pow", of(floats(3), scalar(7)), nil, 0}, false},
		"a sum of fractions":           {example{13, "ReduceSum", of(floats(0.5, 0.5)), nil, 0}, false},
		"the largest":                  {example{13, "ReduceMax", of(floats(0.1, 0.5)), nil, 0}, true},
		"a large integer":              {example{13, "Cast", of(ints(1<<24 + 1)), to(tensor.Float32), 0}, false},
	} {
		t.Run(name, func(t *testing.T) {
			m, n := c.x.build()
			e := eval.Evaluator{Known: shapes.Of(m.Graph), MaxBytes: 1 << 10, Steps: 1 << 10}
			got, _, ok := e.Result(n, 0)
			if !ok || got.Computed() == c.want {
				t.Errorf("computed %v, %v", got, ok)
			}
		})
	}
}
