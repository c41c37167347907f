package shapes

import (
	"slices"

	"github.com/acdeploy/acdeploy/internal/op"
)

// window infers convolutions, pools and products of matrices.
func (c call) window() facts {
	x := c.arg(0)
	switch c.n.OpType {
	case "Conv":
		return c.conv(c.arg(1), false)
	case "ConvTranspose":
		return c.conv(c.arg(1), true)
	case "MaxPool", "AveragePool", "LpPool":
		return c.pool()
	case "GlobalAveragePool", "GlobalMaxPool", "GlobalLpPool":
		if !x.ranked || len(x.shape) < 2 {
			return facts{}
		}
		out := append([]Dim{}, x.shape...)
		for i := range out[2:] {
			out[2+i] = Fixed(1)
		}
		return shaped(out)
	case "Gemm":
		a, b := x.shape, c.arg(1).shape
		if len(a) != 2 || len(b) != 2 {
			return facts{}
		}
		return shaped([]Dim{a[pick(c.Flag("transA"))], b[1-pick(c.Flag("transB"))]})
	case "MatMul":
		return c.matMul()
	case "Einsum":
		return c.einsum()
	}
	return c.layout()
}

func pick(second bool) int {
	if second {
		return 1
	}
	return 0
}

func (c call) matMul() facts {
	x, y := c.arg(0), c.arg(1)
	if !x.ranked || !y.ranked || len(x.shape) == 0 || len(y.shape) == 0 {
		return facts{}
	}
	a, b := x.shape, y.shape
	var tail []Dim
	if len(a) > 1 {
		tail = append(tail, a[len(a)-2])
	}
	if len(b) > 1 {
		tail = append(tail, b[len(b)-1])
	}
	head := broadcast(a[:max(len(a)-2, 0)], b[:max(len(b)-2, 0)])
	return shaped(append(head, tail...))
}

// einsum infers an Einsum. What is named has one size; what an ellipsis stands for broadcasts.
func (c call) einsum() facts {
	ranks := make([]int, len(c.in))
	for k, f := range c.in {
		if !f.ranked {
			return facts{}
		}
		ranks[k] = len(f.shape)
	}
	says, err := op.ReadEinsum(c.n, ranks)
	if err != nil {
		return facts{}
	}
	sizes := map[rune]Dim{}
	for k, term := range says.Terms {
		for i, axis := range []rune(term) {
			old, seen := sizes[axis]
			switch {
			case seen && op.Unnamed(axis):
				sizes[axis] = together(old, c.in[k].shape[i])
			case !seen, old.term != nil:
				sizes[axis] = c.in[k].shape[i]
			}
		}
	}
	out := []Dim{}
	for _, axis := range says.Result {
		size, seen := sizes[axis]
		if !seen {
			return facts{}
		}
		out = append(out, size)
	}
	return shaped(out)
}

// kernel is the sizes of a kernel of so many axes, −1 for one that is not known.
func (c call) kernel(weight []Dim, axes int) []int {
	kernel := slices.Repeat([]int{-1}, axes)
	for i := range kernel {
		if weight != nil {
			if size, ok := weight[2+i].Size(); ok && size >= 0 && size <= op.MaxExtent {
				kernel[i] = int(size)
			}
		} else if said := c.Ints("kernel_shape"); len(said) == axes && said[i] >= 0 && said[i] <= op.MaxExtent {
			kernel[i] = int(said[i])
		}
	}
	return kernel
}

// conv infers a convolution of weight w, or its transpose.
func (c call) conv(w facts, transposed bool) facts {
	x := c.arg(0)
	rank := max(len(x.shape), len(w.shape))
	if rank < 3 || x.ranked && len(x.shape) != rank || w.ranked && len(w.shape) != rank {
		return facts{}
	}
	kernel := c.kernel(w.shape, rank-2)
	for _, f := range []*facts{&x, &w} {
		if !f.ranked {
			f.shape = slices.Repeat([]Dim{none()}, rank)
		}
	}
	out := []Dim{x.shape[0], w.shape[0]}
	if transposed {
		out[1] = c.terms.times(w.shape[1], c.Int("group"))
	}
	window, err := op.ReadWindow(c.n, kernel)
	for i := range kernel {
		switch {
		case transposed:
			out = append(out, c.grown(window, err == nil, i, x.shape[2+i]))
		case err != nil:
			out = append(out, none())
		default:
			out = append(out, c.places(window, i, x.shape[2+i]))
		}
	}
	return shaped(out)
}

// grown is the size that a transposed convolution gives an axis.
func (c call) grown(w op.Window, ok bool, i int, x Dim) Dim {
	if size := c.Ints("output_shape"); size != nil {
		if len(size) == len(w.Kernel) {
			return Fixed(size[i])
		}
		return none()
	}
	if !ok || w.AutoPad != op.NotSet || w.Kernel[i] < 1 {
		return none()
	}
	extra := int64(w.Extent(i) - w.Begin[i] - w.End[i])
	if list := c.Ints("output_padding"); len(list) == len(w.Kernel) {
		extra += list[i]
	} else if list != nil {
		return none()
	}
	return plus(c.terms.times(plus(x, -1), int64(w.Strides[i])), extra)
}

func (c call) pool() facts {
	x := c.arg(0)
	p, err := op.ReadPool(c.n)
	if !x.ranked || err != nil || len(x.shape) != len(p.Kernel)+2 {
		return facts{}
	}
	out := append([]Dim{}, x.shape...)
	for i := range p.Kernel {
		out[2+i] = c.places(p.Window, i, x.shape[2+i])
		if p.CeilMode && p.Strides[i] != 1 {
			out[2+i] = lastWindow(p, i, x.shape[2+i], out[2+i])
		}
	}
	return shaped(out)
}

// places is the number of places of a window along an axis of size x.
func (c call) places(w op.Window, i int, x Dim) Dim {
	stride := int64(w.Strides[i])
	if w.Same() {
		return c.terms.quotient(plus(x, stride-1), stride)
	}
	if w.Kernel[i] < 1 {
		return none()
	}
	return plus(c.terms.quotient(plus(x, int64(w.Begin[i]+w.End[i]-w.Extent(i))), stride), 1)
}

// lastWindow is the size of an axis of a pool with a last window that may reach past the padded image, by the size without it. Where
// it would stand on padding only, runtimes do not agree whether there is one.
func lastWindow(p op.Pool, i int, from, size Dim) Dim {
	n, ok := from.Size()
	places, known := size.Size()
	span, stride := n+int64(p.Begin[i]+p.End[i]-p.Extent(i)), int64(p.Strides[i])
	switch {
	case !ok || !known || span < 0:
		return none()
	case span%stride == 0:
		return size
	case p.AutoPad == op.NotSet && places*stride < n+int64(p.Begin[i]):
		return plus(size, 1)
	}
	return none()
}
