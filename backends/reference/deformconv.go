package reference

import (
	"fmt"
	"slices"
)

// deformConv is Conv whose kernel reads where the offsets say, between pixels, times a mask. Each group of input
// channels has offsets of its own.
func deformConv(c *call) ([]*array, error) {
	x, w, offset, mask := c.in[0], c.in[1], c.in[2], c.input(4)
	if x.rank() != 4 || w.rank() != 4 {
		return nil, fmt.Errorf("input of shape %v and weight of shape %v; 2 spatial axes are computed", x.shape, w.shape)
	}
	group, parts := int(c.int("group", 1)), int(c.int("offset_group", 1))
	if err := checkGroups(x.shape[1], w.shape[1], w.shape[0], group); err != nil {
		return nil, err
	}
	if parts < 1 || x.shape[1]%parts != 0 {
		return nil, fmt.Errorf("%d input channels do not fit offset_group %d", x.shape[1], parts)
	}
	kernel, err := c.kernelOf(w)
	if err != nil {
		return nil, err
	}
	ws, err := c.windows(x.shape[2:], kernel, false)
	if err != nil {
		return nil, err
	}
	v := newVolume(ws)
	taps, out := v.taps(), v.outSize()
	if want := []int{x.shape[0], 2 * parts * taps, ws[0].out, ws[1].out}; !slices.Equal(offset.shape, want) {
		return nil, fmt.Errorf("offset is of shape %v, and needs %v", offset.shape, want)
	}
	if want := []int{x.shape[0], parts * taps, ws[0].out, ws[1].out}; mask != nil && !slices.Equal(mask.shape, want) {
		return nil, fmt.Errorf("mask is of shape %v, and needs %v", mask.shape, want)
	}
	y, err := c.make(x.typ, x.shape[0], w.shape[0], ws[0].out, ws[1].out)
	if err != nil {
		return nil, err
	}
	columns, err := c.make(x.typ, x.shape[1]*taps, out)
	if err != nil {
		return nil, err
	}
	bias := make([]float64, w.shape[0])
	if b := c.input(3); b != nil {
		if b.rank() != 1 || b.len() != len(bias) {
			return nil, fmt.Errorf("bias of shape %v does not fit %d output channels", b.shape, len(bias))
		}
		bias = b.f
	}
	depth, multiply := w.shape[1]*taps, multiplier(x.f)
	for image := range x.shape[0] {
		d := deformed{v: v, parts: parts, channels: x.shape[1], offset: offset.f[image*2*parts*taps*out:]}
		if mask != nil {
			d.mask = mask.f[image*parts*taps*out:]
		}
		d.read(columns.f, x.f[image*x.shape[1]*v.inSize():])
		for o := range w.shape[0] {
			fill(y.f[(image*w.shape[0]+o)*out:(image*w.shape[0]+o+1)*out], bias[o])
		}
		rows := w.shape[0] / group
		for g := range group {
			multiply(
				matrix{rows, out, out, y.f[(image*w.shape[0]+g*rows)*out:]},
				matrix{rows, depth, depth, w.f[g*rows*depth:]},
				matrix{depth, out, out, columns.f[g*depth*out:]},
			)
		}
	}
	return one(y, nil)
}

// deformed is one image of a DeformConv.
type deformed struct {
	v               volume
	parts, channels int
	offset, mask    []float64 // of the image; mask is nil where there is none
}

// read writes a row for each channel and tap: what each output reads there.
func (d deformed) read(columns, x []float64) {
	s := sampling{mode: "linear", padding: "zeros"}
	taps, out, perPart := d.v.taps(), d.v.outSize(), d.channels/d.parts
	h, w := d.v[1], d.v[2]
	parallel(d.parts*taps, 1, func(lo, hi int) {
		for p := lo; p < hi; p++ {
			_, kh, kw := d.v.tap(p % taps)
			for k := range out {
				factor := 1.0
				if d.mask != nil {
					factor = d.mask[p*out+k]
				}
				rows := s.around(float64(k/w.out*h.stride+h.offset(kh))+d.offset[2*p*out+k], h.in)
				line := s.around(float64(k%w.out*w.stride+w.offset(kw))+d.offset[(2*p+1)*out+k], w.in)
				for ch := p / taps * perPart; ch < (p/taps+1)*perPart; ch++ {
					sum := 0.0
					for _, a := range rows {
						for _, b := range line {
							sum += a.weight * b.weight * x[(ch*h.in+a.at)*w.in+b.at]
						}
					}
					columns[(ch*taps+p%taps)*out+k] = factor * sum
				}
			}
		}
	})
}
