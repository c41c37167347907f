package linear

import (
	"errors"
	"slices"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/op"
	"github.com/acdeploy/acdeploy/internal/shapes"
	"github.com/acdeploy/acdeploy/internal/stencil"
	"github.com/acdeploy/acdeploy/passes/internal/algebra"
	"github.com/acdeploy/acdeploy/passes/internal/refusal"
	"github.com/acdeploy/acdeploy/tensor"
)

// PaddedBorder is an image that is padded, and whose border is then written over in place, side by side, with one
// number per channel, as the diverse branch block and the edge-oriented one have it.
type PaddedBorder struct {
	input             *graph.Value
	Nodes             []*graph.Node // the last write first, the Pad last
	begin, end        []int         // of the Pad, per spatial axis
	constants         [][]float64   // of each write: a number per channel, or one for all
	HasOtherConsumers bool          // somebody else reads what is not finished
}

// maxBorderNodes bounds the nodes of a padded border: six sides with a Transpose before and after each, and the Pad.
const maxBorderNodes = 24

// ReadPaddedBorder reads the padded border that n finishes; false for anything else.
func ReadPaddedBorder(n *graph.Node, known *shapes.Shapes) (PaddedBorder, bool) {
	var f PaddedBorder
	if !n.Is("Transpose") && !n.Is("ScatterND") {
		return f, false
	}
	rank, ok := known.Rank(n.Output(0))
	if !ok || rank < 3 {
		return f, false
	}
	// axes says which axis of the image each axis of what was walked back to is.
	axes := make([]int, rank)
	for i := range axes {
		axes[i] = i
	}
	var writes []borderWrite
	for len(f.Nodes) < maxBorderNodes {
		f.Nodes = append(f.Nodes, n)
		switch {
		case n.Is("Transpose"):
			perm, ok := op.WrittenPermutation(n)
			if !ok || len(perm) != rank {
				return f, false
			}
			before := make([]int, rank)
			for i, p := range perm {
				before[p] = axes[i]
			}
			axes = before
		case n.Is("ScatterND"):
			w, ok := readBorderWrite(n, axes, known)
			if !ok {
				return f, false
			}
			writes = append(writes, w)
		case n.Is("Pad") && len(writes) > 0 && slices.IsSorted(axes):
			f.input = n.Input(0)
			return f, f.surrounds(n, writes, known)
		default:
			return f, false
		}
		in := n.Input(0)
		if in == nil || in.Producer() == nil || in.Producer().Graph() != n.Graph() || in.Producer().Output(0) != in {
			return f, false
		}
		f.HasOtherConsumers = f.HasOtherConsumers || !f.isOwn(in)
		n = in.Producer()
	}
	return f, false
}

// IsPaddedBorder reports whether n finishes a padded border.
func IsPaddedBorder(n *graph.Node, known *shapes.Shapes) bool {
	_, ok := ReadPaddedBorder(n, known)
	return ok
}

// isOwn reports whether nobody uses an unfinished image but the nodes of the padded border, and those that compute
// from its size where they write.
func (f *PaddedBorder) isOwn(v *graph.Value) bool {
	if v.OnlyUse() != nil {
		return true
	}
	const most = 32 // nodes that are looked at
	open, seen := []*graph.Value{v}, map[*graph.Node]bool{}
	for len(open) > 0 {
		v, open = open[0], open[1:]
		for use := range v.Uses() {
			n := use.Node
			switch {
			case n == nil || len(seen) > most: // an output of the graph, or too many to look at
				return false
			case slices.Contains(f.Nodes, n) || seen[n]:
				continue
			case n.Graph() != f.Nodes[0].Graph() || n.Output(0) == nil:
				return false
			}
			seen[n] = true
			for i := range n.NumOutputs() {
				if out := n.Output(i); out != nil {
					open = append(open, out)
				}
			}
		}
	}
	return true
}

// surrounds reports whether the writes are all of what the Pad adds, and nothing else.
func (f *PaddedBorder) surrounds(pad *graph.Node, writes []borderWrite, known *shapes.Shapes) bool {
	sizes := algebra.SizesOf(known, pad.Output(0))
	if pad.Input(0) == nil || sizes == nil {
		return false
	}
	var why *refusal.Refusal
	if f.begin, f.end, why = algebra.ReadPad(pad, len(sizes)); why != nil {
		return false
	}
	for i := range f.begin {
		if min(f.begin[i], f.end[i]) < 0 {
			return false
		}
		written := map[int64]bool{}
		for _, w := range writes {
			if w.axis == i {
				for _, at := range w.at {
					written[at] = true
				}
			}
		}
		if !areMargins(written, f.begin[i], f.end[i], sizes[i+2]) {
			return false
		}
	}
	for _, w := range writes {
		f.constants = append(f.constants, w.constant)
	}
	return true
}

// areMargins reports whether the indexes are the first and the last ones of an axis, so many of each.
func areMargins(written map[int64]bool, begin, end int, size int64) bool {
	if len(written) != begin+end {
		return false
	}
	last := max(size, 0) // indexes count from the end where the size is not known
	for at := range written {
		if !(at >= 0 && at < int64(begin)) && !(at < last && at >= last-int64(end)) {
			return false
		}
	}
	return true
}

// BecomesBorder refuses the constant of a convolution with the result v that is not the border around it, and
// is written as if it were: who read the file again could not tell.
func BecomesBorder(v *graph.Value, constant *tensor.Tensor, known *shapes.Shapes) *refusal.Refusal {
	f, ok := borderAround(v, known)
	if !ok || constant == nil || !constant.Computed() {
		return nil
	}
	now := stencil.Stencil{Out: constant.Len(), Bias: constant.Float64s()}
	later, fits := constant.Rounded()
	same := true
	for _, border := range f.constants {
		border = spreadOver(border, now.Out)
		w, ok := tensor.Compute(constant.Type(), []int64{int64(len(border))}, tensor.Vector(border)).Rounded()
		if !ok || !fits || !slices.Equal(w.Float64s(), later.Float64s()) {
			return nil
		}
		same = same && now.HasConstant(border)
	}
	if same {
		return nil
	}
	return refusal.New(refusal.Border, "after rounding, the folded bias would equal the border that %s writes, and without rounding it does not; export without constant folding",
		f.Nodes[0].Label())
}

// borderAround is a padded border that begins with a Pad of v.
func borderAround(v *graph.Value, known *shapes.Shapes) (PaddedBorder, bool) {
	open := consumers(v, "Pad")
	for steps := 0; len(open) > 0 && steps < 2*maxBorderNodes; steps++ {
		n := open[0]
		if f, ok := ReadPaddedBorder(n, known); ok {
			return f, true
		}
		open = append(open[1:], consumers(n.Output(0), "Transpose", "ScatterND")...)
	}
	return PaddedBorder{}, false
}

// consumers is the nodes of some operators that v goes on into; what only asks for its size does not matter.
func consumers(v *graph.Value, ops ...string) []*graph.Node {
	var nodes []*graph.Node
	for use := range v.Uses() {
		if n := use.Node; n != nil && use.Index == 0 && n.Output(0) != nil && slices.ContainsFunc(ops, n.Is) {
			nodes = append(nodes, n)
		}
	}
	return nodes
}

// spreadOver repeats one number for every channel.
func spreadOver(numbers []float64, channels int) []float64 {
	if len(numbers) == 1 {
		return slices.Repeat(numbers, channels)
	}
	return numbers
}

// visitPaddedBorder reads a border written over in place as part of the convolution inside it.
func (r *Reader) visitPaddedBorder(n *graph.Node, depth int) Expressions {
	f, ok := ReadPaddedBorder(n, r.known)
	if !ok {
		return Expressions{}
	}
	var out Expressions
	for _, in := range r.Read(View{Value: f.input}, depth-1).All {
		if f.HasOtherConsumers {
			in = in.withOtherConsumers()
		}
		last := in
		last.Target, last.Nodes = nil, slices.Concat(f.Nodes, in.Nodes)
		last.Evaluate = func(im Image) (Form, *refusal.Refusal) {
			p, why := in.Evaluate(im)
			if why != nil {
				return p, why
			}
			bordered, why := f.around(p.Stencil, im.Size)
			if im.AnyBorder {
				why = nil
			}
			return Form{bordered, p.Now}, why
		}
		out.All = append(out.All, last)
	}
	return out
}

// around is s with the padded border around it.
func (f PaddedBorder) around(s stencil.Stencil, size []int) (stencil.Stencil, *refusal.Refusal) {
	out := s
	for _, border := range f.constants {
		var err error
		out, err = s.PadResult(f.begin, f.end, spreadOver(border, s.Out), size)
		switch {
		case errors.Is(err, stencil.ErrBorderValue):
			return s, refusal.New(refusal.Border, "the border that %s writes is not exactly the bias of the convolution before it; export without folding batch normalisations and constants, or with the padding in the first convolution", f.Nodes[0].Label())
		case err != nil:
			return s, refusal.New(refusal.Border, "%s writes a border, and %v; export with the padding in the first convolution", f.Nodes[0].Label(), err)
		}
	}
	return out, nil
}
