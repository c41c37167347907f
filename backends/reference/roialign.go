package reference

import (
	"fmt"
	"math"
)

// roiAlign cuts regions out of images, and makes each as large as the others: every cell of the result is the
// mean, or the maximum, of samples that are interpolated between pixels.
func roiAlign(c *call) ([]*array, error) {
	x, rois, images := c.in[0], c.in[1], c.in[2]
	if x.kind() != floats || rois.kind() != floats || images.kind() != integers {
		return nil, fmt.Errorf("inputs are %s, %s and %s, not floating-point, floating-point and integers", x.typ, rois.typ, images.typ)
	}
	if x.rank() != 4 || rois.rank() != 2 || rois.shape[1] != 4 || images.rank() != 1 || images.len() != rois.shape[0] {
		return nil, fmt.Errorf("rois of shape %v and batch_indices of shape %v do not fit an input of shape %v", rois.shape, images.shape, x.shape)
	}
	at, err := positions(images, x.shape[0])
	if err != nil {
		return nil, err
	}
	h, w := c.int("output_height", 1), c.int("output_width", 1)
	if h < 1 || w < 1 || h > int64(c.limit) || w > int64(c.limit) {
		return nil, fmt.Errorf("the result is %d by %d", h, w)
	}
	y, err := c.make(x.typ, rois.shape[0], x.shape[1], int(h), int(w))
	if err != nil || y.len() == 0 || x.len() == 0 {
		return one(y, err)
	}
	mode := c.str("mode", "avg")
	if mode != "avg" && mode != "max" {
		return nil, fmt.Errorf("mode %q is not known", mode)
	}
	size, plane := int(h*w), x.shape[2]*x.shape[3]
	for r := range at {
		samples, err := c.samples(rois.f[r*4:r*4+4], x.shape[2:], int(h), int(w))
		if err != nil {
			return nil, err
		}
		parallel(x.shape[1], 1, func(lo, hi int) {
			for ch := lo; ch < hi; ch++ {
				samples.pool(y.f[(r*x.shape[1]+ch)*size:(r*x.shape[1]+ch+1)*size], x.f[(at[r]*x.shape[1]+ch)*plane:], mode == "max")
			}
		})
	}
	return one(y, nil)
}

// samples are the places that each cell of a region reads.
type samples struct {
	width int // of the image
	h, w  [][]pair
}

// pair is a place between two pixels of an axis, with the weight of each; none when it is outside.
type pair struct {
	lo, hi   int
	at, next float64
	none     bool
}

// samples lays a grid over a region.
func (c *call) samples(roi []float64, size []int, h, w int) (samples, error) {
	scale, offset, whole := c.float("spatial_scale", 1), 0.5, false
	if c.opset < 16 || c.str("coordinate_transformation_mode", "half_pixel") == "output_half_pixel" {
		offset, whole = 0, true
	}
	along := func(from, to float64, size, cells int) ([][]pair, error) {
		start := from*scale - offset
		length := to*scale - offset - start
		if whole {
			length = max(length, 1)
		}
		step := length / float64(cells)
		count := float64(c.int("sampling_ratio", 0))
		if count <= 0 {
			count = math.Ceil(step)
		}
		if !(count*float64(cells) <= float64(c.limit)) {
			return nil, fmt.Errorf("a region needs more than %d samples", c.limit)
		}
		out := make([][]pair, cells)
		for k := range out {
			for i := range int(max(0, count)) {
				out[k] = append(out[k], between(start+float64(k)*step+(float64(i)+0.5)*step/count, size))
			}
		}
		return out, nil
	}
	rows, err := along(roi[1], roi[3], size[0], h)
	if err != nil {
		return samples{}, err
	}
	columns, err := along(roi[0], roi[2], size[1], w)
	return samples{size[1], rows, columns}, err
}

// between is the place v on an axis of size pixels. One that is less than a pixel outside is at the edge.
func between(v float64, size int) pair {
	if !(v >= -1 && v <= float64(size)) {
		return pair{none: true}
	}
	v = max(v, 0)
	lo := int(v)
	if lo >= size-1 {
		return pair{lo: size - 1, hi: size - 1, at: 1}
	}
	return pair{lo: lo, hi: lo + 1, at: 1 - (v - float64(lo)), next: v - float64(lo)}
}

// pool computes the cells of one channel. The maximum is that of the four weighted pixels of each sample, as
// engines compute it.
func (s samples) pool(y, x []float64, largest bool) {
	for k := range y {
		rows, columns := s.h[k/len(s.w)], s.w[k%len(s.w)]
		best, sum := 0.0, 0.0
		for i, a := range rows {
			for j, b := range columns {
				var p, q, u, v float64
				if !a.none && !b.none {
					top, bottom := x[a.lo*s.width:], x[a.hi*s.width:]
					p, q = a.at*b.at*top[b.lo], a.at*b.next*top[b.hi]
					u, v = a.next*b.at*bottom[b.lo], a.next*b.next*bottom[b.hi]
				}
				sum += p + q + u + v
				if four := max(p, q, u, v); i+j == 0 || four > best {
					best = four
				}
			}
		}
		if y[k] = best; !largest {
			y[k] = sum / float64(max(1, len(rows)*len(columns)))
		}
	}
}
