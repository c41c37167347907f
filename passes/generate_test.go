package passes_test

import (
	"math/rand/v2"
	"slices"
)

// generator draws blocks from the whole grid: kernels 1 to 7, strides 1 to 3, pads symmetric or not,
// dilations, groups 1, some and all, crops, one to three spatial axes and none. Branches are mostly
// made to fit each other, so that most blocks can merge; some must not.
type generator struct {
	*rand.Rand
	block
	strides, growth []int // that the branches have in common
	in, out         int   // channels of the branches
}

func blockOpsets() []int64 { return []int64{9, 10, 11, 13, 15, 17, 18, 21, 24} }

// randomBlock is a block of the grid; one seed is one block.
func randomBlock(seed uint64) block {
	g := generator{Rand: rand.New(rand.NewPCG(seed, 4)), block: block{Seed: seed}}
	g.Opset = pick(g.Rand, blockOpsets()...)
	g.Elem = pick(g.Rand, elems()...)
	g.Axes = pick(g.Rand, 0, 1, 1, 1, 1, 2, 2, 2, 2, 2, 3)
	g.In = pick(g.Rand, 1, 2, 3, 4)
	if g.IntN(4) == 0 {
		g.Size = 1 + g.IntN(9)
	}
	if g.Axes == 0 {
		return g.dense()
	}
	switch g.IntN(10) {
	case 0:
		return g.line()
	default:
		return g.parallel()
	}
}

func pick[T any](r *rand.Rand, from ...T) T { return from[r.IntN(len(from))] }

// chance is true once in n times.
func (g *generator) chance(n int) bool { return g.IntN(n) == 0 }

// dense is Gemm and MatMul with what folds into them, in one branch or more.
func (g *generator) dense() block {
	out, branches := pick(g.Rand, 1, 2, 3, 4), pick(g.Rand, 1, 1, 2, 3)
	for range branches {
		layers := g.dress(2)
		for i := range 1 + g.IntN(2) {
			l := layer{Op: "matmul", Out: out}
			if i == 0 && g.chance(2) {
				l.Out = pick(g.Rand, 1, 2, 3, 4)
			}
			if !g.chance(3) {
				l = layer{
					Op: "gemm", Out: l.Out, Flag: g.chance(2), Bias: !g.chance(3), Shape: pick(g.Rand, "scalar", "one", "batch", "channel"),
					Alpha: g.IntN(6) - 1, Beta: g.IntN(6) - 1,
				}
			}
			layers = append(append(layers, l), g.dress(3)...)
		}
		g.Branches = append(g.Branches, layers)
	}
	if branches > 1 {
		g.Form, g.Right = pick(g.Rand, "tree", "sum"), g.chance(2)
	}
	for range branches - 1 {
		g.Joins = append(g.Joins, pick(g.Rand, "add", "add", "radd", "sub", "rsub"))
	}
	return g.block
}

// line is one host with what folds into it: convolutions of all kinds, and a product from the left.
func (g *generator) line() block {
	g.in = g.In
	layers := g.dress(2)
	for range 1 + g.IntN(2) {
		g.strides, g.growth = make([]int, g.Axes), make([]int, g.Axes)
		for i := range g.Axes {
			g.strides[i], g.growth[i] = 1+g.IntN(2), g.IntN(4)-2
		}
		g.out = g.in * pick(g.Rand, 1, 1, 2)
		switch g.IntN(4) {
		case 0:
			layers = append(layers, g.transposed())
		case 1:
			if g.Axes == 1 {
				layers = append(layers, layer{Op: "matmul_left", Out: g.out})
				break
			}
			fallthrough
		default:
			layers = append(layers, g.convolution(g.strides, g.growth, false)...)
		}
		layers, g.in = append(layers, g.dress(3)...), g.out
	}
	g.Branches = [][]layer{layers}
	return g.block
}

func (g *generator) transposed() layer {
	l := layer{Op: "convtranspose", Out: g.out, Group: g.group(), Bias: g.chance(2), Strides: g.strides, Dilations: make([]int, g.Axes)}
	l.Kernel, l.Begin, l.End = make([]int, g.Axes), make([]int, g.Axes), make([]int, g.Axes)
	for i := range g.Axes {
		l.Kernel[i], l.Dilations[i] = 1+g.IntN(3), 1+g.IntN(2)
		reach := (l.Kernel[i] - 1) * l.Dilations[i]
		l.Begin[i], l.End[i] = g.IntN(reach+1), 0
	}
	return l
}

// parallel is a sum of branches of one geometry.
func (g *generator) parallel() block {
	g.in, g.out = g.In, g.In*pick(g.Rand, 1, 1, 2)
	g.strides, g.growth = make([]int, g.Axes), make([]int, g.Axes)
	plain := g.chance(2)
	for i := range g.Axes {
		g.strides[i], g.growth[i] = 1, 0
		if !plain {
			g.strides[i], g.growth[i] = pick(g.Rand, 1, 1, 2, 3), g.IntN(4)-2
		}
	}
	if plain {
		g.out = g.in
	}
	if g.chance(6) {
		g.Before = g.dress(1)
	}
	branches := 2 + g.IntN(3)
	for range branches {
		g.Branches = append(g.Branches, append(g.branch(), g.dress(2)...))
	}
	g.Form, g.Right = pick(g.Rand, "tree", "tree", "tree", "tree", "sum", "concat", "residual"), g.chance(2)
	if g.Form == "residual" && !plain {
		g.Form = "tree"
	}
	for range branches - 1 {
		g.Joins = append(g.Joins, pick(g.Rand, "add", "add", "radd", "sub", "rsub"))
	}
	g.After = g.dress(3)
	if g.chance(12) {
		g.Tap = 1 + g.IntN(branches)
	}
	return g.block
}

// branch has the growth and strides of all, but for one in twenty that is a little off.
func (g *generator) branch() []layer {
	strides, growth := slices.Clone(g.strides), slices.Clone(g.growth)
	if g.chance(20) {
		growth[g.IntN(g.Axes)]++
	}
	plain := g.in == g.out && !slices.ContainsFunc(strides, func(s int) bool { return s > 1 }) && !slices.ContainsFunc(growth, func(h int) bool { return h != 0 })
	switch g.IntN(8) {
	case 0, 1:
		if plain {
			return nil
		}
	case 2:
		if g.in == g.out && slices.Max(growth) <= 0 && g.chance(2) {
			return []layer{g.sample(strides, growth)}
		}
		if g.in == g.out {
			return g.pool(strides, growth)
		}
	case 3:
		return g.chain(strides, growth)
	}
	return g.convolution(strides, growth, true)
}

// chain is 1×1 then k×k, k×k then 1×1, or one axis after the other.
func (g *generator) chain(strides, growth []int) []layer {
	ones, zeros := slices.Repeat([]int{1}, g.Axes), make([]int, g.Axes)
	pointwise := layer{Op: "conv", Group: 1, Kernel: ones, Bias: g.chance(2)}
	in, out := g.in, g.out
	defer func() { g.in, g.out = in, out }()
	middle := pick(g.Rand, 1, 2, in)
	switch {
	case g.Axes > 1 && g.chance(3):
		g.out = middle
		first, second := slices.Clone(ones), slices.Clone(ones)
		firstGrowth, secondGrowth := slices.Clone(zeros), slices.Clone(zeros)
		first[0], firstGrowth[0] = strides[0], growth[0]
		copy(second[1:], strides[1:])
		copy(secondGrowth[1:], growth[1:])
		layers := g.alongAxis(0, first, firstGrowth)
		g.in, g.out = middle, out
		return append(append(layers, g.dress(1)...), g.alongAxis(1, second, secondGrowth)...)
	case g.chance(2):
		g.out = middle
		layers := g.convolution(strides, growth, false)
		pointwise.Out = out
		return append(append(layers, g.dress(1)...), pointwise)
	}
	pointwise.Out = middle
	layers := append([]layer{pointwise}, g.dress(1)...)
	g.in = middle
	return append(layers, g.convolution(strides, growth, g.chance(4))...)
}

// alongAxis is a convolution that is wide on one axis only, or on all from axis 1 on.
func (g *generator) alongAxis(axis int, strides, growth []int) []layer {
	layers := g.convolution(strides, growth, false)
	l := &layers[0]
	for i := range l.Kernel {
		if (i == 0) != (axis == 0) {
			l.Kernel[i], l.Begin[i], l.End[i] = 1, 0, 0
		}
	}
	return layers
}

// sample takes every s-th element: a Slice with steps, or a pool of one.
func (g *generator) sample(strides, growth []int) layer {
	if slices.Min(growth) == 0 && g.chance(2) {
		return layer{Op: "maxpool", Kernel: slices.Repeat([]int{1}, g.Axes), Strides: strides}
	}
	l := layer{Op: "slice", End: make([]int, g.Axes)}
	for _, h := range growth {
		l.Begin = append(l.Begin, -h)
	}
	if g.Opset >= 10 {
		l.Strides = strides
	}
	return l
}

// pool is an average pool of the given geometry.
func (g *generator) pool(strides, growth []int) []layer {
	layers := g.convolution(strides, growth, false)
	l := &layers[len(layers)-1]
	l.Op, l.Out, l.Group, l.Bias, l.Dilations = "avgpool", 0, 0, false, nil
	l.Flag, l.Ceil = !g.chance(4), g.chance(6)
	for i, k := range l.Kernel { // no dilation: the pads that fit without it
		slack := growth[i] + k - 1
		l.Begin[i] = min(max(slack/2, 0), k-1)
		l.End[i] = min(max(slack-l.Begin[i], 0), k-1)
	}
	return layers
}

// group divides both channels.
func (g *generator) group() int {
	common := []int{1, 1}
	for d := 2; d <= g.in; d++ {
		if g.in%d == 0 && g.out%d == 0 {
			common = append(common, d)
		}
	}
	return pick(g.Rand, common...)
}

// convolution has the given strides and growth: with a Slice and a Pad in front where that is allowed
// and needed.
func (g *generator) convolution(strides, growth []int, outside bool) []layer {
	l := layer{Op: "conv", Out: g.out, Group: g.group(), Bias: g.chance(2), Strides: slices.Clone(strides)}
	widest := []int{7, 4, 3}[g.Axes-1]
	if g.Axes == 2 && g.chance(6) {
		widest = 7
	}
	crop, pad := layer{Op: "slice"}, layer{Op: "pad"}
	for i := range g.Axes {
		k, d := 1+g.IntN(widest), 1
		if k > 1 && g.chance(3) {
			d = 1 + g.IntN(3)
		}
		slack := growth[i] + d*(k-1)
		left := slack / 2
		if g.chance(6) {
			left += g.IntN(3) - 1
		}
		right := slack - left
		if !outside {
			left, right = max(left, 0), max(right, 0)
		}
		l.Kernel, l.Dilations = append(l.Kernel, k), append(l.Dilations, d)
		crop.Begin, crop.End = append(crop.Begin, max(-left, 0)), append(crop.End, max(-right, 0))
		left, right = max(left, 0), max(right, 0)
		inPad := outside && g.chance(6)
		for _, side := range []struct {
			amount    int
			conv, pad *[]int
		}{{left, &l.Begin, &pad.Begin}, {right, &l.End, &pad.End}} {
			if inPad {
				*side.conv, *side.pad = append(*side.conv, 0), append(*side.pad, side.amount)
			} else {
				*side.conv, *side.pad = append(*side.conv, side.amount), append(*side.pad, 0)
			}
		}
	}
	if g.chance(15) {
		l.Auto = pick(g.Rand, "SAME_UPPER", "SAME_LOWER", "VALID")
	}
	var layers []layer
	for _, outer := range []layer{crop, pad} {
		if slices.Max(outer.Begin) > 0 || slices.Max(outer.End) > 0 || outside && g.chance(60) {
			layers = append(layers, outer)
		}
	}
	return append(layers, l)
}

// dress is what training and exporters leave round a branch: up to most layers.
func (g *generator) dress(most int) []layer {
	var layers []layer
	for range g.IntN(most + 1) {
		l := layer{Op: pick(g.Rand, "bn", "bn", "bn", "mul", "add", "sub", "div", "neg", "identity")}
		switch l.Op {
		case "mul", "add", "sub", "div":
			l.Shape = pick(g.Rand, "channel", "channel", "batch", "scalar", "one")
			if g.chance(25) {
				l.Shape = "last"
			}
			l.Flag = l.Op != "div" && g.chance(2) // c ÷ x blows rounding up where x is near zero
		}
		if g.chance(60) {
			l = layer{Op: pick(g.Rand, "relu", "gap")}
		}
		if l.Op == "gap" && g.Axes == 0 {
			continue
		}
		layers = append(layers, l)
	}
	return layers
}
