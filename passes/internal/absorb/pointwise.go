package absorb

import (
	"math"
	"slices"

	"github.com/acdeploy/acdeploy/internal/op"
	"github.com/acdeploy/acdeploy/tensor"
)

// readPointwise reads a function of each number that a scale passes.
func readPointwise(c *crossing, r reading) bool {
	switch r.OpType {
	case "Relu", "LeakyRelu", "PRelu":
		c.lets = rectified(r.Node)
	case "ThresholdedRelu":
		says, err := op.Of(r.Node)
		if err != nil || says.Float("alpha") != 0 {
			return false
		}
		c.lets = rectified(r.Node)
	case "Abs":
		c.lets = magnitude(r.Node)
	case "Clip":
		bounds, ok := r.bounds()
		if !ok {
			return false
		}
		c.lets, c.homogeneous = bounds.move, false
	default:
		return false
	}
	c.parts = only()
	return true
}

// readArithmetic reads sums and products of values.
func readArithmetic(c *crossing, r reading) bool {
	count := 2
	switch r.OpType {
	case "Add":
		c.signs = []float64{1, 1}
	case "Sub":
		c.signs = []float64{1, -1}
	case "Sum":
		count = r.NumInputs()
		c.signs = slices.Repeat([]float64{1}, count)
	case "Mul":
		c.gate, c.lets = true, noConstant(r.Node)
	case "Div":
		c.gate, c.lets, count = true, noConstant(r.Node), 1
	default:
		return false
	}
	out := r.axes(r.Output(0))
	var parts []part
	for i := range count {
		v := r.Input(i)
		if v == nil || !r.known.Elem(r.Output(0)).IsFloat() && r.known.Elem(r.Output(0)) != tensor.Undefined {
			return false
		}
		in := r.axes(v)
		if in == nil || out == nil || len(in) > len(out) || !op.SpreadsFreely(r.Graph()) && !slices.EqualFunc(in, out, extent.equals) {
			return true
		}
		parts = append(parts, part{i, 0, repeated(in, out)})
	}
	c.parts = parts
	return true
}

// clip is a Clip with constant bounds; an input is −1 where the bound is an attribute or absent.
type clip struct {
	reading
	bound [2]float64
	input [2]int
	attr  [2]string
}

// bounds reads a Clip; false where a bound is computed.
func (r reading) bounds() (clip, bool) {
	c := clip{r, [2]float64{math.Inf(-1), math.Inf(1)}, [2]int{-1, -1}, [2]string{"min", "max"}}
	if low, high, ok := op.ClipBounds(r.Node); ok {
		for i, bound := range []float64{low, high} {
			if narrow := r.known.Elem(r.Output(0)); math.Abs(bound) < math.MaxFloat32 || narrow != tensor.Float32 && narrow != tensor.Float16 && narrow != tensor.BFloat16 {
				c.bound[i] = bound // the others are no bounds of a type that ends there
			}
		}
		return c, true
	}
	for i := range c.bound {
		v := r.Input(1 + i)
		if v == nil {
			continue
		}
		t := v.Constant()
		if t == nil || t.Len() != 1 || !t.Type().IsFloat() || !t.Finite() {
			return c, false
		}
		c.bound[i], c.input[i] = t.Float64s()[0], 1+i
	}
	return c, true
}
