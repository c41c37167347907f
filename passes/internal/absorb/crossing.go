package absorb

import (
	"slices"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/op"
	"github.com/acdeploy/acdeploy/internal/shapes"
)

// crossing is an operator that lets maps pass: it moves numbers, averages or compares those of one label, adds values, or
// does something to each number that a scale commutes with.
type crossing struct {
	node  *graph.Node
	parts []part
	lost  bool // it is not known which number goes where
	// lets says which maps pass; nil for all of them.
	lets condition
	// signs is what the operands of a sum are multiplied by; nil for other operators.
	signs []float64
	// gate says that each operand may be scaled instead of the result: a product.
	gate bool
	// computes says that it is no move, average or maximum.
	computes bool
	// branches says that numbers of other values stand next to those of the map.
	branches bool
	// homogeneous says that s·f(x/s) = f(x) for s > 0, where nothing of the operator changes.
	homogeneous bool
}

// part is the way of numbers from one operand to one result.
type part struct {
	operand, output int
	moves           []move
}

func (p part) forward(l labels, join joiner) (labels, bool) {
	ok := true
	for _, m := range p.moves {
		if l, ok = m.forward(l, join); !ok {
			break
		}
	}
	return l, ok
}

func (p part) backward(l labels, join joiner) (labels, bool) {
	ok := true
	for _, m := range slices.Backward(p.moves) {
		if l, ok = m.backward(l, join); !ok {
			break
		}
	}
	return l, ok
}

// keepsAxes reports whether each axis of the result is one of the operand, or has one label.
func (p part) keepsAxes() bool {
	return !slices.ContainsFunc(p.moves, func(m move) bool {
		switch m.(type) {
		case arrange, mix:
			return false
		}
		return true
	})
}

// operands is the inputs that hold numbers which the maps are for.
func (c *crossing) operands() []int {
	var out []int
	for _, p := range c.parts {
		if !slices.Contains(out, p.operand) {
			out = append(out, p.operand)
		}
	}
	return out
}

// maxOperands bounds the operands and results of an operator that is crossed.
const maxOperands = 32

// readCrossing returns nil for an operator that lets no map pass.
func readCrossing(n *graph.Node, known *shapes.Shapes) *crossing {
	if _, err := op.Of(n); err != nil || n.Input(0) == nil || n.NumInputs() > maxOperands || n.NumOutputs() > maxOperands {
		return nil
	}
	if !n.Is("Split") && (n.Output(0) == nil || n.LiveOutputs() != 1 || !n.Output(0).Used()) {
		return nil
	}
	c := &crossing{node: n, homogeneous: true}
	r := reading{n, known}
	for i, read := range []func(*crossing, reading) bool{readMoves, readPieces, readWindows, readReduction, readPointwise, readArithmetic} {
		if read(c, r) {
			c.branches, c.computes = i == 1, i > 3
			c.lost = c.parts == nil
			if c.lost {
				c.parts = []part{{}}
			}
			return c
		}
	}
	return nil
}

// reading is a node whose meaning is read, and what is known of sizes.
type reading struct {
	*graph.Node
	known *shapes.Shapes
}

// axes is the sizes of a value, nil where their number is not known.
func (r reading) axes(v *graph.Value) []extent {
	dims, ok := r.known.Shape(v)
	if !ok && !v.Producer().Is("Flatten") {
		return nil
	}
	out := make([]extent, len(dims))
	if !ok {
		out = make([]extent, 2)
	}
	for i, d := range dims {
		out[i] = extent{d, true}
	}
	if last := len(out) - 1; last >= 0 && out[last].number() < 0 {
		if rows, ok := rowsOfMatrix(v); ok {
			out[last] = fixed(rows)
		}
	}
	return out
}

// rowsOfMatrix is how many elements the last axis of a value must have, which goes into a product with a constant matrix.
func rowsOfMatrix(v *graph.Value) (int, bool) {
	use := v.OnlyUse()
	if use == nil || use.Index != 0 || !use.Node.Is("Gemm") && !use.Node.Is("MatMul") {
		return 0, false
	}
	w := use.Node.Input(1).Constant()
	if w == nil || w.Rank() != 2 || use.Node.Int("transA", 0) != 0 {
		return 0, false
	}
	return int(w.Shape()[use.Node.Int("transB", 0)&1]), true
}

// ints is an operand that is a list of known integers.
func (r reading) ints(v *graph.Value) ([]int64, bool) {
	if list, ok := op.Constant(v); ok {
		return list, true
	}
	dims, ok := r.known.Ints(v)
	list := make([]int64, len(dims))
	for i, d := range dims {
		var fixed bool
		list[i], fixed = d.Size()
		ok = ok && fixed
	}
	return list, ok
}

// only is the way from the first operand to the first result.
func only(moves ...move) []part { return []part{{moves: moves}} }
