package reference

import (
	"fmt"
	"slices"
	"sync"
)

// convolution is a Conv whose attributes and shapes have been checked.
type convolution struct {
	volume
	images, group int
	inC, outC     int // channels in one group
	x, w, bias, y []float64
}

func conv(c *call) ([]*array, error) {
	x, w := c.in[0], c.in[1]
	if x.rank() < 3 || w.rank() != x.rank() {
		return nil, fmt.Errorf("input of shape %v does not fit weight of shape %v", x.shape, w.shape)
	}
	kernel, err := c.kernelOf(w)
	if err != nil {
		return nil, err
	}
	group := int(c.int("group", 1))
	if err := checkGroups(x.shape[1], w.shape[1], w.shape[0], group); err != nil {
		return nil, err
	}
	bias, err := c.bias(w.shape[0])
	if err != nil {
		return nil, err
	}
	ws, err := c.windows(x.shape[2:], kernel, false)
	if err != nil {
		return nil, err
	}
	y, err := c.make(x.typ, append([]int{x.shape[0], w.shape[0]}, outputs(ws)...)...)
	if err != nil {
		return nil, err
	}
	cv := convolution{
		volume: newVolume(ws), images: x.shape[0], group: group, inC: w.shape[1], outC: w.shape[0] / group,
		x: x.f, w: w.f, bias: bias, y: y.f,
	}
	if cv.inC == 1 || cv.outC < 8 || cv.inC*cv.taps() > maxPieceSize/max(1, cv.volume[2].out) {
		cv.direct()
	} else {
		cv.lowered()
	}
	return one(y, nil)
}

// kernelOf is the spatial shape of a weight; kernel_shape, where it is given, must repeat it.
func (c *call) kernelOf(w *array) ([]int, error) {
	kernel := w.shape[2:]
	if c.has("kernel_shape") {
		said, err := c.sizes("kernel_shape", len(kernel), 1, 1)
		if err != nil {
			return nil, err
		}
		if !slices.Equal(said, kernel) {
			return nil, fmt.Errorf("kernel_shape %v does not fit weight of shape %v", said, w.shape)
		}
	}
	return kernel, nil
}

func checkGroups(inputs, perGroup, outputs, group int) error {
	if group < 1 || perGroup < 1 || inputs%group != 0 || inputs/group != perGroup || outputs%group != 0 {
		return fmt.Errorf("%d input channels, %d output channels and %d input channels per group do not fit group %d", inputs, outputs, perGroup, group)
	}
	return nil
}

// bias is input 2 with n elements, zeros when it is absent.
func (c *call) bias(n int) ([]float64, error) {
	b := c.input(2)
	if b == nil {
		return make([]float64, n), nil
	}
	if b.rank() != 1 || b.len() != n {
		return nil, fmt.Errorf("bias of shape %v does not fit %d output channels", b.shape, n)
	}
	return b.f, nil
}

// direct adds tap after tap to each output channel: little memory, and best for few channels.
func (cv *convolution) direct() {
	channels := cv.group * cv.outC
	parallel(cv.images*channels, 1, func(lo, hi int) {
		for p := lo; p < hi; p++ {
			n, o := p/channels, p%channels
			y := cv.y[p*cv.outSize() : (p+1)*cv.outSize()]
			fill(y, cv.bias[o])
			first := n*cv.group*cv.inC + o/cv.outC*cv.inC
			for i := range cv.inC {
				x := cv.x[(first+i)*cv.inSize() : (first+i+1)*cv.inSize()]
				cv.accumulate(y, x, cv.w[(o*cv.inC+i)*cv.taps():])
			}
		}
	})
}

func (cv *convolution) accumulate(y, x, w []float64) {
	stride := cv.volume[2].stride
	for t := range cv.taps() {
		factor := w[t]
		cv.lines(t, func(out, at, n int) {
			line := y[out : out+n]
			for k := range line {
				line[k] += factor * x[at+k*stride]
			}
		})
	}
}

// A lowered piece of the input has about pieceColumns columns, and no more than pieceSize numbers
// unless one line needs them. Where one line needs more than maxPieceSize, nothing is lowered.
const (
	pieceColumns = 256
	pieceSize    = 1 << 20
	maxPieceSize = 1 << 24
)

// lowered writes the inputs of each output position as a column, and multiplies the weight with that
// matrix, piece by piece. The pieces depend on the shapes only, so the sums are always the same.
func (cv *convolution) lowered() {
	depth := cv.inC * cv.taps()
	line := cv.volume[2].out
	lines := cv.volume[0].out * cv.volume[1].out
	if line == 0 || lines == 0 {
		return
	}
	perPiece := min(lines, max(1, min((pieceColumns+line-1)/line, pieceSize/(depth*line))))
	pieces := (lines + perPiece - 1) / perPiece
	multiply := multiplier(cv.x)
	buffers := sync.Pool{New: func() any { b := make([]float64, depth*perPiece*line); return &b }}
	parallel(cv.images*cv.group*pieces, 1, func(lo, hi int) {
		for p := lo; p < hi; p++ {
			from := p % pieces * perPiece
			buf := buffers.Get().(*[]float64)
			cv.piece(p/pieces, from, min(lines, from+perPiece), *buf, multiply)
			buffers.Put(buf)
		}
	})
}

// piece computes the output lines [from, to) of one group of one image.
func (cv *convolution) piece(imageGroup, from, to int, buf []float64, multiply product) {
	depth, line, size := cv.inC*cv.taps(), cv.volume[2].out, cv.outSize()
	g := imageGroup % cv.group
	x := cv.x[imageGroup*cv.inC*cv.inSize() : (imageGroup+1)*cv.inC*cv.inSize()]
	y := cv.y[imageGroup*cv.outC*size : (imageGroup+1)*cv.outC*size]
	cols := (to - from) * line
	cv.lower(buf[:depth*cols], x, from, to)
	for o := range cv.outC {
		fill(y[o*size+from*line:o*size+to*line], cv.bias[g*cv.outC+o])
	}
	w := cv.w[g*cv.outC*depth : (g+1)*cv.outC*depth]
	multiply(
		matrix{cv.outC, cols, size, y[from*line:]},
		matrix{cv.outC, depth, depth, w},
		matrix{depth, cols, cols, buf[:depth*cols]},
	)
}

// lower writes one row for each input channel and tap: what the output lines [from, to) read there.
func (cv *convolution) lower(dst, x []float64, from, to int) {
	line := cv.volume[2].out
	for i := range cv.inC {
		plane := x[i*cv.inSize() : (i+1)*cv.inSize()]
		for t := range cv.taps() {
			ka, kb, kc := cv.tap(t)
			lo, hi := cv.volume[2].span(kc)
			for l := from; l < to; l++ {
				clear(dst[:lo])
				clear(dst[hi:line])
				a := l/cv.volume[1].out*cv.volume[0].stride + cv.volume[0].offset(ka)
				b := l%cv.volume[1].out*cv.volume[1].stride + cv.volume[1].offset(kb)
				if a < 0 || a >= cv.volume[0].in || b < 0 || b >= cv.volume[1].in {
					clear(dst[lo:hi])
				} else if lo < hi {
					start := (a*cv.volume[1].in+b)*cv.volume[2].in + cv.volume[2].offset(kc) + lo*cv.volume[2].stride
					copyEvery(dst[lo:hi], plane[start:], cv.volume[2].stride)
				}
				dst = dst[line:]
			}
		}
	}
}

// copyEvery copies every stride-th element.
func copyEvery(dst, src []float64, stride int) {
	if stride == 1 {
		copy(dst, src)
		return
	}
	for k := range dst {
		dst[k] = src[k*stride]
	}
}

func fill(dst []float64, v float64) {
	for k := range dst {
		dst[k] = v
	}
}
