package reference

import (
	"fmt"
	"math"
	"slices"
)

// convTranspose scatters every input, times the weight, into the outputs that a Conv of the same
// attributes would read for it. Its windows therefore run the other way round: in is the length of
// the output.
func convTranspose(c *call) ([]*array, error) {
	x, w := c.in[0], c.in[1]
	if x.rank() < 3 || w.rank() != x.rank() {
		return nil, fmt.Errorf("input of shape %v does not fit weight of shape %v", x.shape, w.shape)
	}
	group := int(c.int("group", 1))
	if group < 1 || w.shape[0] != x.shape[1] || x.shape[1]%group != 0 {
		return nil, fmt.Errorf("weight %v of group %d does not fit %d input channels", w.shape, group, x.shape[1])
	}
	inC, outC := x.shape[1]/group, w.shape[1]
	bias, err := c.bias(group * outC)
	if err != nil {
		return nil, err
	}
	ws, err := c.transposedWindows(x.shape[2:], w)
	if err != nil {
		return nil, err
	}
	shape := []int{x.shape[0], group * outC}
	for _, win := range ws {
		shape = append(shape, win.in)
	}
	y, err := c.make(x.typ, shape...)
	if err != nil {
		return nil, err
	}
	v := newVolume(ws)
	channels := group * outC
	parallel(x.shape[0]*channels, 1, func(lo, hi int) {
		for p := lo; p < hi; p++ {
			n, o := p/channels, p%channels
			plane := y.f[p*v.inSize() : (p+1)*v.inSize()]
			fill(plane, bias[o])
			for i := o / outC * inC; i < (o/outC+1)*inC; i++ {
				from := (n*x.shape[1] + i) * v.outSize()
				v.scatter(plane, x.f[from:from+v.outSize()], w.f[(i*outC+o%outC)*v.taps():])
			}
		}
	})
	return one(y, nil)
}

func (v volume) scatter(y, x, w []float64) {
	stride := v[2].stride
	for t := range v.taps() {
		factor := w[t]
		v.lines(t, func(at, start, n int) {
			for k, value := range x[at : at+n] {
				y[start+k*stride] += factor * value
			}
		})
	}
}

// transposedWindows resolves output_shape, output_padding and auto_pad.
func (c *call) transposedWindows(spatial []int, w *array) ([]window, error) {
	kernel, err := c.kernelOf(w)
	if err != nil {
		return nil, err
	}
	ws, err := c.openWindows(spatial, kernel)
	if err != nil {
		return nil, err
	}
	extra, err := c.sizes("output_padding", len(ws), 0, 0)
	if err != nil {
		return nil, err
	}
	shape := c.ints("output_shape")
	if shape != nil && len(shape) == len(ws)+2 {
		shape = shape[2:]
	}
	mode := c.str("auto_pad", "NOTSET")
	if !slices.Contains([]string{"", "NOTSET", "VALID", "SAME_UPPER", "SAME_LOWER"}, mode) {
		return nil, fmt.Errorf("auto_pad %q is not known", mode)
	}
	if shape != nil && len(shape) != len(ws) {
		return nil, fmt.Errorf("output_shape %v does not fit %d spatial axes", shape, len(ws))
	}
	for k := range ws {
		want := int64(-1)
		if shape != nil {
			if want = shape[k]; want < 0 || want > math.MaxInt32 {
				return nil, fmt.Errorf("output_shape %v cannot be reached", shape)
			}
		} else if mode == "SAME_UPPER" || mode == "SAME_LOWER" {
			// A kernel smaller than the stride would need negative pads; onnxruntime has the output
			// shorter instead, and so has this.
			full := int64(ws[k].in-1)*int64(ws[k].stride) + int64(ws[k].extent()+extra[k])
			want = min(full, int64(ws[k].in)*int64(ws[k].stride))
		}
		if err := ws[k].turn(int(want), extra[k], mode); err != nil {
			return nil, err
		}
	}
	return ws, nil
}

// turn exchanges in and out: the input of the ConvTranspose is what a Conv would put out. A length
// that is not negative decides the pads.
func (w *window) turn(length, extra int, mode string) error {
	w.out = w.in
	if w.out == 0 {
		return fmt.Errorf("a spatial axis is empty")
	}
	full := (w.out-1)*w.stride + w.extent() + extra
	if mode == "VALID" {
		w.begin, w.end = 0, 0
	}
	if length < 0 {
		length = full - w.begin - w.end
		if length < 0 {
			return fmt.Errorf("pads %d and %d leave nothing of %d", w.begin, w.end, full)
		}
		w.in = length
		return nil
	}
	total := max(0, full-length)
	w.begin = total / 2
	if mode != "SAME_UPPER" {
		w.begin = total - total/2
	}
	w.in, w.end = length, total-w.begin
	return nil
}
