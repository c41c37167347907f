package reference

import (
	"fmt"
	"math"
)

// window is how a kernel moves along one spatial axis: output o reads the inputs
// o·stride − begin + k·dilation for k in [0, kernel), as far as they exist.
type window struct {
	in, out, kernel, stride, dilation, begin, end int
}

// offset is the input that output 0 reads at tap k.
func (w window) offset(k int) int { return k*w.dilation - w.begin }

// span is the range of outputs whose tap k lies inside the input.
func (w window) span(k int) (lo, hi int) {
	at := w.offset(k)
	if at < 0 {
		lo = min((-at+w.stride-1)/w.stride, w.out)
	}
	if at < w.in {
		hi = min(w.out, (w.in-1-at)/w.stride+1)
	}
	return lo, max(lo, hi)
}

// extent is the distance that the kernel covers.
func (w window) extent() int { return (w.kernel-1)*w.dilation + 1 }

// windows reads auto_pad, pads, strides and dilations of a Conv or a pool for the spatial sizes and
// kernel. With ceil an output may hang over the end, as long as it starts inside the begin-padded
// input.
func (c *call) windows(spatial, kernel []int, ceil bool) ([]window, error) {
	ws, err := c.openWindows(spatial, kernel)
	if err != nil {
		return nil, err
	}
	mode := c.str("auto_pad", "NOTSET")
	for k := range ws {
		w := &ws[k]
		switch mode {
		case "SAME_UPPER", "SAME_LOWER":
			w.out = (w.in + w.stride - 1) / w.stride
			total := max(0, (w.out-1)*w.stride+w.extent()-w.in)
			w.begin = total / 2
			if mode == "SAME_LOWER" {
				w.begin = total - total/2
			}
			w.end = total - w.begin
			continue
		case "VALID":
			w.begin, w.end = 0, 0
		case "NOTSET", "":
		default:
			return nil, fmt.Errorf("auto_pad %q is not known", mode)
		}
		room := w.in + w.begin + w.end - w.extent()
		if room < 0 {
			return nil, fmt.Errorf("the kernel covers %d elements, and the padded input has only %d", w.extent(), w.in+w.begin+w.end)
		}
		w.out = room/w.stride + 1
		if ceil && room%w.stride != 0 && w.out*w.stride < w.in+w.begin {
			w.out++
		}
	}
	return ws, nil
}

// openWindows reads everything but what auto_pad decides.
func (c *call) openWindows(spatial, kernel []int) ([]window, error) {
	n := len(spatial)
	if n < 1 || n > 3 {
		return nil, fmt.Errorf("%d spatial axes; 1 to 3 are computed", n)
	}
	if len(kernel) != n {
		return nil, fmt.Errorf("a kernel of %d axes does not fit %d spatial axes", len(kernel), n)
	}
	strides, err := c.sizes("strides", n, 1, 1)
	if err != nil {
		return nil, err
	}
	dilations, err := c.sizes("dilations", n, 1, 1)
	if err != nil {
		return nil, err
	}
	pads, err := c.sizes("pads", 2*n, 0, 0)
	if err != nil {
		return nil, err
	}
	ws := make([]window, n)
	for k := range ws {
		if kernel[k] < 1 || kernel[k] > math.MaxInt32 {
			return nil, fmt.Errorf("kernel_shape %v is out of range", kernel)
		}
		ws[k] = window{in: spatial[k], kernel: kernel[k], stride: strides[k], dilation: dilations[k], begin: pads[k], end: pads[n+k]}
		if ws[k].kernel > math.MaxInt32/ws[k].dilation {
			return nil, fmt.Errorf("kernel %d at dilation %d is too large", kernel[k], dilations[k])
		}
	}
	return ws, nil
}

// outputs is the spatial output shape.
func outputs(ws []window) []int {
	out := make([]int, len(ws))
	for k, w := range ws {
		out[k] = w.out
	}
	return out
}

// volume is a kernel over exactly three spatial axes; missing ones come first and have size 1.
type volume [3]window

func newVolume(ws []window) volume {
	one := window{in: 1, out: 1, kernel: 1, stride: 1, dilation: 1}
	v := volume{one, one, one}
	copy(v[3-len(ws):], ws)
	return v
}

func (v volume) inSize() int { return v[0].in * v[1].in * v[2].in }

func (v volume) outSize() int { return v[0].out * v[1].out * v[2].out }

func (v volume) taps() int { return v[0].kernel * v[1].kernel * v[2].kernel }

// tap splits the number of a tap into its place along each axis.
func (v volume) tap(t int) (a, b, c int) {
	return t / (v[1].kernel * v[2].kernel), t / v[2].kernel % v[1].kernel, t % v[2].kernel
}

// lines visits, for one tap, every output line along the last axis that the tap reaches: outputs
// [out, out+n) read the inputs at, at+stride, … .
func (v volume) lines(t int, visit func(out, at, n int)) {
	ka, kb, kc := v.tap(t)
	loA, hiA := v[0].span(ka)
	loB, hiB := v[1].span(kb)
	loC, hiC := v[2].span(kc)
	if hiC <= loC {
		return
	}
	for a := loA; a < hiA; a++ {
		ia := a*v[0].stride + v[0].offset(ka)
		for b := loB; b < hiB; b++ {
			ib := b*v[1].stride + v[1].offset(kb)
			ic := loC*v[2].stride + v[2].offset(kc)
			visit((a*v[1].out+b)*v[2].out+loC, (ia*v[1].in+ib)*v[2].in+ic, hiC-loC)
		}
	}
}
