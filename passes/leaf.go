package passes

import (
	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/pipeline"
	"github.com/acdeploy/acdeploy/stencil"
)

// leaf is one summand of a tree.
type leaf struct {
	value    *graph.Value
	negative bool
	place    int // among the leaves
	readings []reading
	// A branch that cannot be read: why, and over which value it would have been.
	why    *refusal
	missed *graph.Value
}

// reading is a leaf as a stencil over one value.
type reading struct {
	input *graph.Value
	conv  *graph.Node   // nil where the leaf is an affine map of the value
	nodes []*graph.Node // between the value and the sum, the last one first
	// stencil asks for the channels and axes that an identity cannot know.
	stencil func(channels, axes int) (stencil.Stencil, *refusal)
}

// read finds the values over which the leaf is a stencil, the nearest first.
func (l *leaf) read(g *graph.Graph) {
	l.readings = l.readingsOf(g, l.value, 8)
	if l.why == nil {
		l.why, l.missed = obstacle(l.value)
	}
}

// readingsOf looks only at nodes of g: those around a sub-graph run whether or not it does.
func (l *leaf) readingsOf(g *graph.Graph, v *graph.Value, depth int) []reading {
	n := v.Producer()
	if n == nil || n.Graph() != g || depth == 0 {
		return []reading{identity(v)}
	}
	if n.Is("Slice") {
		return withCrops(identity(v))
	}
	if v.OnlyUse() == nil {
		if n.Is("Conv") {
			l.why, l.missed = soleUse(v), n.Input(0)
		}
		return []reading{identity(v)}
	}
	switch operand, affine := affineOperand(n); {
	case n.Is("Conv"):
		c, why := readConv(n)
		if why != nil {
			l.why, l.missed = why, n.Input(0)
			break
		}
		s := stencil.Of(c)
		return withCrops(reading{
			input: n.Input(0), conv: n, nodes: []*graph.Node{n},
			stencil: func(int, int) (stencil.Stencil, *refusal) { return s, nil },
		})
	case n.Is("BatchNormalization"):
		a, why := readBatchNorm(n)
		if why != nil {
			l.why, l.missed = why, n.Input(0)
			break
		}
		return l.throughAffine(n, 0, depth, func(int, int) (stencil.Affine, *refusal) { return a, nil })
	case affine && n.Graph().Opset() >= 7:
		return l.throughAffine(n, operand, depth, func(channels, axes int) (stencil.Affine, *refusal) {
			return constantMap(n, operand, axes+2, channels)
		})
	}
	return []reading{identity(v)}
}

// constantMap is the affine map of an element-wise node on an image of known rank and channels.
func constantMap(n *graph.Node, operand, rank, channels int) (stencil.Affine, *refusal) {
	if n.Is("Neg") {
		return negation(channels), nil
	}
	t, why := parameter(n, 1-operand, "constant")
	if why != nil {
		return stencil.Affine{}, why
	}
	c, ok := channelConstant(t, rank, channels)
	if !ok {
		return stencil.Affine{}, refuse(NotChannel, "constant %q is not one number per channel", n.Input(1-operand).Name())
	}
	return affineOf(n, operand, c)
}

// throughAffine reads a node that computes an affine map, over everything its operand is read over.
func (l *leaf) throughAffine(n *graph.Node, operand, depth int, of func(channels, axes int) (stencil.Affine, *refusal)) []reading {
	readings := l.readingsOf(n.Graph(), n.Input(operand), depth-1)
	for i, r := range readings {
		readings[i].nodes = append([]*graph.Node{n}, r.nodes...)
		readings[i].stencil = func(channels, axes int) (stencil.Stencil, *refusal) {
			s, why := r.stencil(channels, axes)
			if why != nil {
				return s, why
			}
			a, why := of(s.Out, s.Axes())
			if why != nil {
				return s, why
			}
			for _, part := range [][]float64{a.Scale, a.Center, a.Shift} {
				if part != nil && len(part) != s.Out {
					return s, refuse(Misaligned, "%s has %d channels, its input has %d", n.Label(), len(part), s.Out)
				}
			}
			return s.Then(a), nil
		}
	}
	return readings
}

// identity reads a value as itself.
func identity(v *graph.Value) reading {
	return reading{input: v, stencil: func(channels, axes int) (stencil.Stencil, *refusal) {
		return stencil.Identity(channels, axes), nil
	}}
}

// withCrops adds the readings over what the crops and zero pads in front of r are taken from.
func withCrops(r reading) []reading {
	readings := []reading{r}
	for {
		n := r.input.Producer()
		if !n.Is("Slice") && !n.Is("Pad") || n.Input(0) == nil {
			return readings
		}
		r = beforeCrop(r, n)
		readings = append(readings, r)
	}
}

// beforeCrop reads r over the input of the Slice or Pad that r's own input comes from.
func beforeCrop(r reading, n *graph.Node) reading {
	behind := r.stencil
	return reading{
		input: n.Input(0), conv: r.conv, nodes: append(append([]*graph.Node{}, r.nodes...), n),
		stencil: func(channels, axes int) (stencil.Stencil, *refusal) {
			s, why := behind(channels, axes)
			if why != nil {
				return s, why
			}
			if n.Is("Pad") {
				begin, end, why := readPad(n, s.Axes()+2)
				if why != nil {
					return s, why
				}
				return s.Pad(begin, end), nil
			}
			begin, end, why := readSlice(n, s.Axes()+2)
			if why != nil {
				return s, why
			}
			return s.Crop(begin, end), nil
		},
	}
}

// unread reports the branches that stay because they could not be read, where another leaf is read
// over the same value.
func (t *tree) unread() []pipeline.Refusal {
	over := map[*graph.Value][]string{}
	for _, l := range t.leaves {
		kind := "identity"
		if n := l.value.Producer(); n != nil {
			kind = n.OpType
		}
		for _, r := range l.readings {
			if r.input == l.value {
				kind = "identity"
			}
			over[r.input] = append(over[r.input], kind)
		}
		if l.missed != nil {
			over[l.missed] = append(over[l.missed], l.value.Producer().OpType)
		}
	}
	var out []pipeline.Refusal
	for _, l := range t.leaves {
		if l.missed != nil && len(over[l.missed]) > 1 {
			out = append(out, pipeline.Refusal{
				Node: l.value.Producer().Label(), Reason: l.why.reason, Detail: l.why.detail, Branches: over[l.missed],
			})
		}
	}
	return out
}

// over is the leaf as a stencil over v.
func (l *leaf) over(v *graph.Value) reading {
	for _, r := range l.readings {
		if r.input == v {
			return r
		}
	}
	panic("passes: leaf is not read over this value")
}
