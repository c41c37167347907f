package absorb

import (
	"slices"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/stencil"
	"github.com/acdeploy/acdeploy/passes/internal/refusal"
)

// Numbers is the maps that a node computes, and which number of its result goes through which: each element of a constant of
// that shape is one, which meets the last axes, or broadcasts to them.
type Numbers struct {
	stencil.Affine
	Shape []int64
	// OnSecond says that there is one number for each element of the second axis instead.
	OnSecond bool
}

// numbers is the labels of the result. unsure says that the result may have more numbers than the operand, for what is known. Direct is
// the target that computes the operand; nil where none does.
func (m Map) numbers(direct target) (out mapped, unsure bool, why *refusal.Refusal) {
	n, why := m.Read()
	if why != nil {
		return out, false, why
	}
	operand := m.Node.Input(m.Operand)
	count := max(len(n.Scale), len(n.Shift))
	if n.OnSecond && isSecond(direct, count) {
		axes := make([]extent, direct.result().LeastRank())
		return mapped{onSecond(count, axes), n.Affine}, false, nil // whatever the other sizes are: to infer them takes time
	}
	axes := reading{known: m.Known}.axes(operand)
	if rank := rankRead(m.Node.Output(0)); axes == nil && rank > len(n.Shape) {
		axes = make([]extent, rank)
	}
	if n.OnSecond {
		if axes != nil && len(axes) < 2 {
			return out, false, refusal.New(refusal.Unsupported, "%q has no second axis; the model is invalid, export it again", operand.Name())
		}
		size := -1
		if axes != nil {
			size = axes[1].number()
		}
		l := onSecond(count, axes)
		if count == 0 || size >= 0 && size != count {
			return out, false, refusal.New(refusal.Misaligned, "it has %d channels, and %q has %d; the model is invalid, export it again", count, operand.Name(), size)
		}
		return mapped{l, n.Affine}, false, nil
	}
	period, place := make([]int, len(n.Shape)), 0
	for i, size := range n.Shape {
		period[i] = int(min(size, maxLabels+1))
	}
	l, ok := table(make([]extent, len(period)), period, func([]int) int {
		place++
		return place - 1
	})
	if !ok {
		return out, false, m.Misfit(operand.Name())
	}
	l.open = inFront
	out = mapped{l, n.Affine}
	unsure = axes == nil && len(period) > 0
	if axes != nil {
		for i, p := range slices.Backward(period) {
			at := len(axes) - len(period) + i
			if at < 0 || p > 1 && axes[at].number() >= 0 && axes[at].number() != p {
				return out, false, m.Misfit(operand.Name())
			}
			unsure = unsure || p > 1 && axes[at].number() < 0
		}
	}
	if out.labels, ok = out.in(axes); !ok {
		return out, false, m.Misfit(operand.Name())
	}
	out.labels = out.shrunk(out.join)
	return out, unsure, nil
}

// isSecond reports whether the channels of a target are that many, on the second axis of what it computes.
func isSecond(t target, count int) bool {
	if t == nil || count == 0 {
		return false
	}
	of := t.result()
	return of.Ranked() && of.Front == 1 && of.Channels == count
}

// onSecond is one label for each element of the second axis of a value with those axes, nil where their number is not known.
func onSecond(count int, axes []extent) labels {
	l := labels{sizes: axes, period: slices.Repeat([]int{1}, max(len(axes), 2)), at: run(0, count)}
	if l.period[1] = count; axes == nil {
		l.sizes, l.open = []extent{{}, fixed(count)}, behind
	} else if axes[1].number() < 0 {
		l.sizes = slices.Clone(axes)
		l.sizes[1] = fixed(count)
	}
	return l
}

// rankRead is the number of axes that a convolution reads a value with, 0 where none does.
func rankRead(v *graph.Value) int {
	if use := mainUse(v); use != nil && use.Index == 0 && (use.Node.Is("Conv") || use.Node.Is("ConvTranspose")) {
		if w := use.Node.Input(1).Constant(); w != nil {
			return w.Rank()
		}
	}
	return 0
}
