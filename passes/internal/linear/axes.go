package linear

import (
	"slices"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/op"
	"github.com/acdeploy/acdeploy/internal/shapes"
	"github.com/acdeploy/acdeploy/passes/internal/algebra"
)

// movesAxes reports whether n is one of those that [before] follows.
func movesAxes(n *graph.Node) bool {
	return n.Is("Transpose") || n.Is("Squeeze") || n.Is("Unsqueeze")
}

// before is the frame of what a Transpose, Squeeze or Unsqueeze reads, from that of its result. False where that is not
// certain, or where the image would lose an axis.
func before(n *graph.Node, f Frame, known *shapes.Shapes) (Frame, bool) {
	if n.Is("Transpose") {
		perm, ok := op.WrittenPermutation(n)
		if !ok || f != "" && len(f) != len(perm) {
			return "", false
		}
		after, in := f.ofRank(len(perm)), make([]byte, len(perm))
		for i, p := range perm {
			in[p] = after[i]
		}
		return frameOf(in), true
	}
	rank, ok := known.Rank(n.Output(0))
	if !ok || f != "" && len(f) != rank {
		return "", false
	}
	whole, ok := known.Rank(n.Input(0))
	if !ok {
		return "", false
	}
	after := f.ofRank(rank)
	if n.Is("Squeeze") {
		axes, given, err := op.SqueezeAxes(n, whole, op.Constant)
		if err != nil || !given || len(axes) != whole-rank {
			return "", false
		}
		in := make([]byte, 0, whole)
		for i := range whole {
			if slices.Contains(axes, i) {
				in = append(in, single)
			} else {
				in, after = append(in, after[0]), after[1:]
			}
		}
		return frameOf(in), true
	}
	axes, err := op.UnsqueezeAxes(n, whole, op.Constant)
	if err != nil {
		return "", false
	}
	var in []byte
	for i, a := range after {
		if !slices.Contains(axes, i) {
			in = append(in, a)
		} else if a != single {
			return "", false
		}
	}
	return frameOf(in), true
}

// visitAxes reads a node that moves axes over what its input is read over, as another view of it.
func (r *Reader) visitAxes(n *graph.Node, f Frame, depth int) Expressions {
	in, ok := before(n, f, r.known)
	if !ok {
		return Expressions{}
	}
	from := r.Read(View{n.Input(0), in}, depth-1)
	out := Expressions{Why: from.Why, Missed: from.Missed}
	for _, x := range from.All {
		if f == "" && x.Source == nil && len(x.Nodes) == 0 {
			x.Source = n.Output(0)
		}
		x.Nodes = append([]*graph.Node{n}, x.Nodes...)
		out.All = append(out.All, x)
	}
	return out
}

// FrameOf is the frame in which v has the image of a convolution that it comes from, and whether it comes from one:
// through nothing but maps per channel and nodes that move axes.
func FrameOf(v *graph.Value, known *shapes.Shapes) (Frame, bool) {
	const near = 8 // nodes
	g := v.Graph()
	var f []byte // which axis of the sum each axis is; nil before anything moves them
	rank := 0
	for range near {
		n := v.Producer()
		if n == nil || n.Graph() != g || n.Output(0) != v {
			return "", false
		}
		operand, affine := algebra.AffineOperand(n)
		switch {
		case isLayer(n):
			if f == nil {
				return "", true
			}
			return imageFrame(f, rank)
		case movesAxes(n):
			if f == nil {
				var ok bool
				if rank, ok = known.Rank(v); !ok {
					return "", false
				}
				f = Frame("").ofRank(rank)
			}
			in, ok := before(n, frameOf(f), known)
			if !ok {
				return "", false
			}
			if f = []byte(in); in == "" {
				f = in.ofRank(rankOf(known, n.Input(0)))
			}
		case !affine && !n.Is("BatchNormalization"):
			return "", false
		}
		v = n.Input(operand)
	}
	return "", false
}

func rankOf(known *shapes.Shapes, v *graph.Value) int {
	rank, _ := known.Rank(v)
	return rank
}

// imageFrame is the frame of a value whose axes the axes of an image are, in the order of the image. Spatial axes in
// another order than those of the value need none.
func imageFrame(axes []byte, rank int) (Frame, bool) {
	f := make([]byte, 0, rank)
	var image []byte
	for _, a := range axes {
		if a != single {
			image = append(image, a)
		}
	}
	if len(image) != rank || len(axes) < 2 || axes[0] == single || axes[1] == single {
		return "", false
	}
	if image[0] == 0 && image[1] == 1 {
		return "", true
	}
	for a := range rank {
		f = append(f, byte(slices.Index(image, byte(a))))
	}
	return frameOf(f), true
}
