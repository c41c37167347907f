package eval

import (
	"math"
	"slices"

	"github.com/acdeploy/acdeploy/internal/op"
	"github.com/acdeploy/acdeploy/tensor"
)

// sample computes operators that read an image between its elements.
func (e evaluation) sample() (*tensor.Tensor, bool) {
	switch e.n.OpType {
	case "GridSample":
		return e.gridSample()
	case "RoiAlign":
		return e.roiAlign()
	case "DeformConv":
		return e.deformConv()
	}
	return nil, false
}

// nearJump is how near a place in an image may come to where a result jumps, up to mostPlaces: runtimes compute places in float32,
// in a few operations, each of which moves them by less than 2⁻¹³ there.
const (
	nearJump   = 1e-3
	mostPlaces = 1 << 10
)

// givesPlaces reports numbers that places in an image are certain of: stored ones, of which float32 arithmetic loses little.
func givesPlaces(t *tensor.Tensor) bool { return !t.Computed() && t.Type().Bits() >= 32 }

// gridSample reads an image at places that run from −1 to 1 along each axis, the last axis first.
func (e evaluation) gridSample() (*tensor.Tensor, bool) {
	image, okx := e.numbersOf(0)
	grid, okg := e.numbersOf(1)
	if !okx || !okg || e.in[0].Rank() < 3 || e.in[1].Rank() != e.in[0].Rank() {
		return nil, false
	}
	from, places := e.in[0].Shape(), e.in[1].Shape()
	axes := len(from) - 2
	area, _ := tensor.Count(from[2:])
	if places[0] != from[0] || places[axes+1] != int64(axes) || area == 0 {
		return nil, false
	}
	shape := slices.Concat(from[:2], places[1:axes+1])
	count, err := tensor.Count(shape)
	if err != nil || e.elem.ByteSize(count) > e.limit || axes > 3 || !e.spend(count<<(2*axes)) {
		return nil, false
	}
	each := count / max(int(from[0]*from[1]), 1)
	out := make([]float64, count)
	for i := range out {
		at := (i/(each*int(from[1]))*each + i%each) * axes
		taps := []tap{{0, 1}}
		for axis, size := range from[2:] {
			line, ok := e.gridTaps(grid[at+axes-1-axis], int(size))
			if !ok {
				return nil, false
			}
			taps = crossed(taps, line, int(size))
		}
		for _, t := range taps {
			out[i] += float64(t.weight * image[i/each*area+t.at])
		}
	}
	return floats(e.elem, shape, out)
}

// crossed is every tap of the axes so far with every one along the next axis.
func crossed(taps, line []tap, size int) []tap {
	var out []tap
	for _, t := range taps {
		for _, l := range line {
			out = append(out, tap{t.at*size + l.at, float64(t.weight * l.weight)})
		}
	}
	return out
}

// gridTaps is what a GridSample reads of an axis at a place from −1 to 1; false where the element next to it is not certain.
func (e evaluation) gridTaps(place float64, size int) ([]tap, bool) {
	corners := e.Flag("align_corners")
	x := (float64((place+1)*float64(size)) - 1) / 2
	if corners {
		x = float64((place + 1) / 2 * float64(size-1))
	}
	if !(math.Abs(x) < mostPlaces) {
		return nil, false
	}
	low := math.Floor(x)
	var all []tap
	switch mode := e.Str("mode"); mode {
	case "nearest":
		if math.Abs(x-low-0.5) < nearJump || !givesPlaces(e.in[1]) {
			return nil, false
		}
		all = []tap{{int(math.Round(x)), 1}}
	case "linear", "bilinear":
		all = []tap{{int(low), 1 - (x - low)}, {int(low) + 1, x - low}}
	case "cubic", "bicubic":
		const a = -0.75
		r := x - low
		all = []tap{{int(low) - 1, outer(1+r, a)}, {int(low), inner(r, a)}, {int(low) + 1, inner(1-r, a)}, {int(low) + 2, outer(2-r, a)}}
	default:
		return nil, false
	}
	out := all[:0]
	for _, t := range all {
		if outside := t.at < 0 || t.at >= size; outside {
			switch e.Str("padding_mode") {
			case "zeros":
				continue
			case "border":
			case "reflection":
				t.at = mirrored(t.at, size, corners)
			default:
				return nil, false
			}
		}
		out = append(out, tap{min(max(t.at, 0), size-1), t.weight})
	}
	return out, true
}

// mirrored brings an index inside by mirrors in the middle of the outer elements, or at their borders.
func mirrored(at, size int, middle bool) int {
	period := 2 * size
	if middle {
		period = max(2*(size-1), 1)
	}
	at = (at%period + period) % period
	switch {
	case at < size:
		return at
	case middle:
		return period - at
	}
	return period - 1 - at
}

// roiAlign makes each region the mean of samples. Runtimes do not agree on their maximum.
func (e evaluation) roiAlign() (*tensor.Tensor, bool) {
	image, okx := e.numbersOf(0)
	regions, okr := e.numbersOf(1)
	images, oki := e.integersOf(2)
	height, width, scale := int(e.Int("output_height")), int(e.Int("output_width")), e.Float("spatial_scale")
	if !okx || !okr || !oki || !givesPlaces(e.in[1]) || e.Str("mode") != "avg" || e.in[0].Rank() != 4 || e.in[1].Rank() != 2 || len(regions) != 4*len(images) || min(height, width) < 1 || max(height, width) > 1<<10 {
		return nil, false
	}
	from := e.in[0].Shape()
	half, least := 0.5, 0.0
	if e.n.Graph().Opset() < 16 || e.Str("coordinate_transformation_mode") == "output_half_pixel" {
		half, least = 0, 1
	}
	shape := []int64{int64(len(images)), from[1], int64(height), int64(width)}
	count, err := tensor.Count(shape)
	if err != nil || e.elem.ByteSize(count) > e.limit || e.in[0].Len() == 0 {
		return nil, false
	}
	var out []float64
	for r, at := range images {
		if at < 0 || at >= from[0] {
			return nil, false
		}
		box := regions[4*r : 4*r+4]
		rows, ok1 := e.cells(float64(box[1]*scale)-half, float64(box[3]*scale)-half, least, height, int(from[2]))
		columns, ok2 := e.cells(float64(box[0]*scale)-half, float64(box[2]*scale)-half, least, width, int(from[3]))
		if !ok1 || !ok2 {
			return nil, false
		}
		for channel := range from[1] {
			plane := image[(at*from[1]+channel)*from[2]*from[3]:]
			for _, row := range rows {
				for _, column := range columns {
					taps := crossed(row.taps, column.taps, int(from[3]))
					if !e.spend(len(taps) + 1) {
						return nil, false
					}
					sum := 0.0
					for _, t := range taps {
						sum += float64(t.weight * plane[t.at])
					}
					out = append(out, sum/max(float64(row.samples*column.samples), 1))
				}
			}
		}
	}
	return floats(e.elem, shape, out)
}

// cell is what a cell of a region reads along an axis: so many samples.
type cell struct {
	taps    []tap
	samples int
}

// cells divides a part of an axis; false where the number of samples, or whether one is outside, is not certain.
func (e evaluation) cells(start, end, least float64, count, size int) ([]cell, bool) {
	length := end - start
	if least > 0 {
		length = max(length, least)
	}
	step := length / float64(count)
	samples := float64(e.Int("sampling_ratio"))
	if samples <= 0 {
		if samples = math.Ceil(step); math.Abs(step-math.Round(step)) < nearJump {
			return nil, false
		}
	}
	if !(samples*float64(count) <= 1<<12) || max(math.Abs(start), math.Abs(end)) > mostPlaces {
		return nil, false
	}
	out := make([]cell, count)
	for i := range out {
		out[i].samples = int(max(samples, 0))
		for k := range out[i].samples {
			x := start + float64(float64(i)*step) + float64((float64(k)+0.5)*step)/samples
			if math.Abs(x+1) < nearJump || math.Abs(x-float64(size)) < nearJump {
				return nil, false
			}
			if x < -1 || x > float64(size) {
				continue
			}
			x = min(max(x, 0), float64(size-1))
			low := math.Floor(x)
			out[i].taps = append(out[i].taps, tap{int(low), 1 - (x - low)}, tap{min(int(low)+1, size-1), x - low})
		}
	}
	return out, true
}

// deformConv is a Conv whose taps are moved, by numbers with a fraction, and multiplied by a mask.
func (e evaluation) deformConv() (*tensor.Tensor, bool) {
	if len(e.in) < 3 || e.in[0].Rank() != 4 || e.in[1].Rank() != 4 || e.in[1].Len() == 0 {
		return nil, false
	}
	x, okx := e.numbersOf(0)
	weights, okw := e.numbersOf(1)
	moved, okm := e.numbersOf(2)
	from, w := e.in[0].Shape(), e.in[1].Shape()
	c, err := op.ReadConv(e.n, w)
	parts := e.Int("offset_group")
	if !okx || !okw || !okm || err != nil || from[1] != w[1]*int64(c.Group) || parts < 1 || from[1]%parts != 0 {
		return nil, false
	}
	shape, begin := []int64{from[0], w[0]}, [2]int{}
	for i := range c.Kernel {
		var end int
		var ok bool
		if begin[i], end, ok = c.Pads(i, int(from[2+i])); !ok || int(from[2+i])+begin[i]+end < c.Extent(i) {
			return nil, false
		}
		shape = append(shape, int64((int(from[2+i])+begin[i]+end-c.Extent(i))/c.Strides[i]+1))
	}
	taps := int(w[2] * w[3])
	area, count := int(shape[2]*shape[3]), 0
	if count, err = tensor.Count(shape); err != nil || e.elem.ByteSize(count) > e.limit || !e.spend(4*count*taps*int(w[1])) {
		return nil, false
	}
	if !slices.Equal(e.in[2].Shape(), []int64{from[0], 2 * parts * int64(taps), shape[2], shape[3]}) {
		return nil, false
	}
	var mask []float64
	if m, given := e.operand(4); given {
		if mask = m.Float64s(); !slices.Equal(m.Shape(), []int64{from[0], parts * int64(taps), shape[2], shape[3]}) {
			return nil, false
		}
	}
	out := make([]float64, count)
	for i := range out {
		place, channel, image := i%area, i/area%int(w[0]), i/area/int(w[0])
		for k := range int(w[1]) {
			input := channel/(int(w[0])/c.Group)*int(w[1]) + k
			part := input / int(from[1]/parts)
			for tap := range taps {
				at := (image*int(parts)+part)*taps + tap
				row := float64(place/int(shape[3])*c.Strides[0] - begin[0] + tap/int(w[3])*c.Dilations[0])
				column := float64(place%int(shape[3])*c.Strides[1] - begin[1] + tap%int(w[3])*c.Dilations[1])
				v := between(x[(image*int(from[1])+input)*int(from[2]*from[3]):], row+moved[2*at*area+place], column+moved[(2*at+1)*area+place], int(from[2]), int(from[3]))
				if mask != nil {
					v = float64(v * mask[at*area+place])
				}
				out[i] += float64(weights[(channel*int(w[1])+k)*taps+tap] * v)
			}
		}
	}
	if b, given := e.operand(3); given {
		if b.Rank() != 1 || b.Shape()[0] != w[0] {
			return nil, false
		}
		bias := b.Float64s()
		for i := range out {
			out[i] += bias[i/area%len(bias)]
		}
	}
	return floats(e.elem, shape, out)
}

// between is the number of a plane at a place, with zeros around it.
func between(plane []float64, row, column float64, height, width int) float64 {
	top, left := math.Floor(row), math.Floor(column)
	sum := 0.0
	for _, r := range []float64{top, top + 1} {
		for _, c := range []float64{left, left + 1} {
			if r >= 0 && c >= 0 && r < float64(height) && c < float64(width) {
				sum += float64(float64((1-math.Abs(row-r))*(1-math.Abs(column-c))) * plane[int(r)*width+int(c)])
			}
		}
	}
	return sum
}
