package shapes

import (
	"strings"

	"github.com/acdeploy/acdeploy/graph"
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
			return facts{elem: x.elem}
		}
		out := append([]Dim{}, x.shape...)
		for i := range out[2:] {
			out[2+i] = Fixed(1)
		}
		return shaped(x.elem, out)
	case "Gemm":
		a, b := x.shape, c.arg(1).shape
		if len(a) != 2 || len(b) != 2 {
			return facts{elem: x.elem}
		}
		return shaped(x.elem, []Dim{a[pick(c.n.Int("transA", 0) != 0)], b[1-pick(c.n.Int("transB", 0) != 0)]})
	case "MatMul":
		return c.matMul()
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
		return facts{elem: x.elem}
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
	return shaped(x.elem, append(head, tail...))
}

// conv infers a convolution of weight w, or its transpose.
func (c call) conv(w facts, transposed bool) facts {
	x := c.arg(0)
	switch {
	case !w.ranked && x.ranked:
		w.shape = make([]Dim, len(x.shape))
		for i := range w.shape {
			w.shape[i] = none()
		}
		if kernel := c.n.Ints("kernel_shape"); len(kernel) == len(x.shape)-2 {
			for i, k := range kernel {
				w.shape[2+i] = Fixed(k)
			}
		}
	case !x.ranked && w.ranked:
		x.shape = make([]Dim, len(w.shape))
		for i := range x.shape {
			x.shape[i] = none()
		}
	}
	if len(x.shape) != len(w.shape) || len(x.shape) < 3 {
		return facts{elem: x.elem}
	}
	out := []Dim{x.shape[0], w.shape[0]}
	axes := len(x.shape) - 2
	kernel := make([]int64, axes)
	for i := range kernel {
		kernel[i], _ = w.shape[2+i].Size()
		if w.shape[2+i].term != nil {
			kernel[i] = -1
		}
	}
	g, ok := readGeometry(c.n, kernel)
	if transposed {
		out[1] = c.terms.times(w.shape[1], c.n.Int("group", 1))
		for i := range axes {
			out = append(out, c.grown(g, ok, i, x.shape[2+i]))
		}
		return shaped(x.elem, out)
	}
	for i := range axes {
		size := none()
		if ok {
			size = c.windows(g, i, x.shape[2+i])
		}
		out = append(out, size)
	}
	return shaped(x.elem, out)
}

// grown is the size that a transposed convolution gives an axis.
func (c call) grown(g geometry, ok bool, i int, x Dim) Dim {
	if size := c.n.Ints("output_shape"); size != nil {
		if len(size) == len(g.kernel) {
			return Fixed(size[i])
		}
		return none()
	}
	if !ok || g.mode != "NOTSET" || g.kernel[i] < 1 {
		return none()
	}
	extra := int64(0)
	if list := c.n.Ints("output_padding"); len(list) == len(g.kernel) {
		extra = list[i]
	} else if list != nil {
		return none()
	}
	extra += g.dilations[i]*(g.kernel[i]-1) + 1 - g.pads[i] - g.pads[len(g.kernel)+i]
	return plus(c.terms.times(plus(x, -1), g.strides[i]), extra)
}

func (c call) pool() facts {
	x := c.arg(0)
	kernel := c.n.Ints("kernel_shape")
	g, ok := readGeometry(c.n, kernel)
	if !x.ranked {
		return facts{elem: x.elem}
	}
	if !ok || len(x.shape) != len(kernel)+2 {
		return facts{elem: x.elem}
	}
	out := append([]Dim{}, x.shape...)
	for i := range kernel {
		out[2+i] = c.windows(g, i, x.shape[2+i])
		if c.n.Int("ceil_mode", 0) != 0 && g.strides[i] != 1 {
			// Runtimes do not agree on a last window that stands on padding only.
			span := plus(x.shape[2+i], g.pads[i]+g.pads[len(kernel)+i]-g.extent(i))
			if size, ok := span.Size(); !ok || size%g.strides[i] != 0 {
				out[2+i] = none()
			}
		}
	}
	return shaped(x.elem, out)
}

// geometry is the windows of a convolution or pool, by axis.
type geometry struct {
	mode                       string
	kernel, strides, dilations []int64
	pads                       []int64 // begin of every axis, then end
}

// extent is how far a window reaches along an axis.
func (g geometry) extent(i int) int64 { return g.dilations[i]*(g.kernel[i]-1) + 1 }

// readGeometry reads the attributes of n; false where they do not fit the kernel or are out of bounds.
func readGeometry(n *graph.Node, kernel []int64) (geometry, bool) {
	g := geometry{mode: n.Str("auto_pad", "NOTSET"), kernel: kernel}
	if g.mode == "" {
		g.mode = "NOTSET"
	}
	var ok [3]bool
	g.strides, ok[0] = repeated(n.Ints("strides"), len(kernel), 1)
	g.dilations, ok[1] = repeated(n.Ints("dilations"), len(kernel), 1)
	g.pads, ok[2] = repeated(n.Ints("pads"), 2*len(kernel), 0)
	for i := range kernel {
		if !ok[0] || !ok[1] || g.strides[i] < 1 || g.dilations[i] < 1 {
			return g, false
		}
	}
	return g, ok[0] && ok[1] && ok[2]
}

// repeated is a list of n numbers, def where it is absent.
func repeated(list []int64, n int, def int64) ([]int64, bool) {
	if list == nil {
		list = make([]int64, n)
		for i := range list {
			list[i] = def
		}
	}
	for _, v := range list {
		if v > 1<<20 || v < -1<<20 {
			return list, false
		}
	}
	return list, len(list) == n
}

// windows is the number of windows along an axis of size x.
func (c call) windows(g geometry, i int, x Dim) Dim {
	if strings.HasPrefix(g.mode, "SAME") {
		return c.terms.quotient(plus(x, g.strides[i]-1), g.strides[i])
	}
	if g.kernel[i] < 1 || g.kernel[i] > 1<<20 {
		return none()
	}
	pads := int64(0)
	if g.mode == "NOTSET" {
		pads = g.pads[i] + g.pads[len(g.kernel)+i]
	}
	return plus(c.terms.quotient(plus(x, pads-g.extent(i)), g.strides[i]), 1)
}
