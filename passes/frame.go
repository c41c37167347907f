package passes

import (
	"errors"
	"slices"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/shapes"
	"github.com/acdeploy/acdeploy/internal/stencil"
	"github.com/acdeploy/acdeploy/passes/internal/algebra"
	"github.com/acdeploy/acdeploy/passes/internal/refusal"
	"github.com/acdeploy/acdeploy/tensor"
)

// frame is an image that is padded, and whose border is then written over in place, side by side, with one
// number per channel, as the diverse branch block and the edge-oriented one have it.
type frame struct {
	input      *graph.Value
	nodes      []*graph.Node // the last write first, the Pad last
	begin, end []int         // of the Pad, per spatial axis
	edges      [][]float64   // of each write: a number per channel, or one for all
	shared     bool          // somebody else reads what is not finished
}

// maxFrame bounds the nodes of a frame: six sides with a Transpose before and behind each, and the Pad.
const maxFrame = 24

// readFrame reads the frame that n finishes; false for anything else.
func readFrame(n *graph.Node, known *shapes.Shapes) (frame, bool) {
	var f frame
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
	var writes []write
	for len(f.nodes) < maxFrame {
		f.nodes = append(f.nodes, n)
		switch {
		case n.Is("Transpose"):
			perm, ok := algebra.Permutation(n)
			if !ok || len(perm) != rank {
				return f, false
			}
			before := make([]int, rank)
			for i, p := range perm {
				before[p] = axes[i]
			}
			axes = before
		case n.Is("ScatterND"):
			w, ok := readWrite(n, axes, known)
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
		f.shared = f.shared || !f.isOwn(in)
		n = in.Producer()
	}
	return f, false
}

func isFrame(n *graph.Node, known *shapes.Shapes) bool {
	_, ok := readFrame(n, known)
	return ok
}

// isOwn reports whether nobody uses an unfinished image but the nodes of the frame, and those that compute
// from its size where they write.
func (f *frame) isOwn(v *graph.Value) bool {
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
			case slices.Contains(f.nodes, n) || seen[n]:
				continue
			case n.Graph() != f.nodes[0].Graph() || n.Output(0) == nil:
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
func (f *frame) surrounds(pad *graph.Node, writes []write, known *shapes.Shapes) bool {
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
		f.edges = append(f.edges, w.edge)
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

// becomesEdge refuses the constant of a convolution with the result v that is not the border around it, and
// is written as if it were: who read the file again could not tell.
func becomesEdge(v *graph.Value, constant *tensor.Tensor, known *shapes.Shapes) *refusal.Refusal {
	f, ok := frameAround(v, known)
	if !ok || constant == nil || !constant.Computed() {
		return nil
	}
	now, later := stencil.Stencil{Out: constant.Len(), Bias: constant.Float64s()}, asWritten(constant)
	same := true
	for _, edge := range f.edges {
		edge = spreadOver(edge, now.Out)
		w := asWritten(tensor.Compute(constant.Type(), []int64{int64(len(edge))}, tensor.Vector(edge)))
		if w == nil || later == nil || !slices.Equal(w.Float64s(), later.Float64s()) {
			return nil
		}
		same = same && now.HasConstant(edge)
	}
	if same {
		return nil
	}
	return refusal.New(refusal.Border, "with it, the convolution would be written with the constant that %s writes around its result, and has another one now; export without constant folding",
		f.nodes[0].Label())
}

// frameAround is a frame that begins with a Pad of v.
func frameAround(v *graph.Value, known *shapes.Shapes) (frame, bool) {
	open := framing(v, "Pad")
	for steps := 0; len(open) > 0 && steps < 2*maxFrame; steps++ {
		n := open[0]
		if f, ok := readFrame(n, known); ok {
			return f, true
		}
		open = append(open[1:], framing(n.Output(0), "Transpose", "ScatterND")...)
	}
	return frame{}, false
}

// framing is the nodes of some operators that v goes on into; what only asks for its size does not matter.
func framing(v *graph.Value, ops ...string) []*graph.Node {
	var nodes []*graph.Node
	for use := range v.Uses() {
		if n := use.Node; n != nil && use.Index == 0 && n.Output(0) != nil && slices.ContainsFunc(ops, n.Is) {
			nodes = append(nodes, n)
		}
	}
	return nodes
}

// spreadOver repeats one number for every channel.
func spreadOver(edge []float64, channels int) []float64 {
	if len(edge) == 1 {
		return slices.Repeat(edge, channels)
	}
	return edge
}

// throughFrame reads a border written over in place as part of the convolution inside it.
func (r *reader) throughFrame(n *graph.Node, depth int) sources {
	f, ok := readFrame(n, r.known)
	if !ok {
		return sources{}
	}
	var out sources
	for _, in := range r.read(f.input, depth-1).readings {
		if f.shared {
			in = in.kept()
		}
		last := in
		last.host, last.nodes = nil, slices.Concat(f.nodes, in.nodes)
		last.evaluate = func(im image) (chain, *refusal.Refusal) {
			p, why := in.evaluate(im)
			if why != nil {
				return p, why
			}
			framed, why := f.around(p.Stencil, im.size)
			if im.anyBorder {
				why = nil
			}
			return chain{framed, p.cost}, why
		}
		out.readings = append(out.readings, last)
	}
	return out
}

// around is s with the frame around it.
func (f frame) around(s stencil.Stencil, size []int) (stencil.Stencil, *refusal.Refusal) {
	out := s
	for _, edge := range f.edges {
		var err error
		out, err = s.PadResult(f.begin, f.end, spreadOver(edge, s.Out), size)
		switch {
		case errors.Is(err, stencil.ErrBorderValue):
			return s, refusal.New(refusal.Border, "%s writes a border that is not the very constant of the convolution inside it: an exporter that folds both rounds each by itself; export with the batch norms in it and without constant folding, or with the padding in the first convolution", f.nodes[0].Label())
		case err != nil:
			return s, refusal.New(refusal.Border, "%s writes a border, and %v; export with the padding in the first convolution", f.nodes[0].Label(), err)
		}
	}
	return out, nil
}
