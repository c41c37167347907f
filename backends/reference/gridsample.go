package reference

import (
	"fmt"
	"math"
	"slices"
)

// mostGridAxes bounds the axes of a grid; with each, four times as many elements are read.
const mostGridAxes = 6

// gridSample reads images at places that a grid names, by coordinates from -1 to 1, the last axis of the image
// first.
func gridSample(c *call) ([]*array, error) {
	x, grid := c.in[0], c.in[1]
	axes := x.rank() - 2
	if axes < 1 || axes > mostGridAxes || grid.rank() != x.rank() || grid.shape[axes+1] != axes || grid.shape[0] != x.shape[0] || x.len() == 0 {
		return nil, fmt.Errorf("a grid of shape %v does not fit an input of shape %v", grid.shape, x.shape)
	}
	s := sampling{mode: c.str("mode", "linear"), padding: c.str("padding_mode", "zeros"), corners: c.int("align_corners", 0) != 0}
	switch s.mode {
	case "bilinear":
		s.mode = "linear"
	case "bicubic":
		s.mode = "cubic"
	case "linear", "cubic", "nearest":
	default:
		return nil, fmt.Errorf("mode %q is not known", s.mode)
	}
	if !slices.Contains([]string{"zeros", "border", "reflection"}, s.padding) {
		return nil, fmt.Errorf("padding_mode %q is not known", s.padding)
	}
	places := grid.shape[1 : axes+1]
	y, err := c.make(x.typ, append([]int{x.shape[0], x.shape[1]}, places...)...)
	if err != nil || y.len() == 0 {
		return one(y, err)
	}
	count, size := elements(places), elements(x.shape[2:])
	parallel(x.shape[0]*count, 1+grain/(16*x.shape[1]), func(lo, hi int) {
		for p := lo; p < hi; p++ {
			at := grid.f[p*axes : (p+1)*axes]
			taps := s.taps(at, x.shape[2:])
			image := p / count * x.shape[1]
			for ch := range x.shape[1] {
				plane, sum := x.f[(image+ch)*size:(image+ch+1)*size], 0.0
				for _, t := range taps {
					sum += t.weight * plane[t.at]
				}
				y.f[(image+ch)*count+p%count] = sum
			}
		}
	})
	return one(y, nil)
}

// sampling is how a place between elements is read.
type sampling struct {
	mode, padding string
	corners       bool // whether -1 and 1 are the centres of the first and the last element, and not their edges
}

// tap is an element of an image, and how much of it is read.
type tap struct {
	at     int
	weight float64
}

// taps are the elements that one place reads. What is outside and zero is left out.
func (s sampling) taps(place []float64, shape []int) []tap {
	taps := []tap{{0, 1}}
	for axis, size := range shape {
		var next []tap
		for _, t := range taps {
			for _, e := range s.along(place[len(place)-1-axis], size) {
				next = append(next, tap{t.at*size + e.at, t.weight * e.weight})
			}
		}
		taps = next
	}
	return taps
}

// along are the elements of one axis that a coordinate from -1 to 1 reads.
func (s sampling) along(v float64, size int) []tap {
	if s.corners {
		return s.around((v+1)/2*float64(size-1), size)
	}
	return s.around(((v+1)*float64(size)-1)/2, size)
}

// around are the elements of one axis that are read at a place, counted in elements.
func (s sampling) around(v float64, size int) []tap {
	if s.mode == "nearest" {
		v = math.RoundToEven(v)
	}
	if v != v || size == 0 {
		return []tap{{0, v}}[:min(size, 1)]
	}
	first, weights := math.Floor(v), []float64{1}
	switch s.mode {
	case "linear":
		weights = []float64{1 - (v - first), v - first}
	case "cubic":
		weights = weights[:0]
		for k := -1.0; k <= 2; k++ {
			weights = append(weights, keys(math.Abs(v-first-k), -0.75))
		}
		first--
	}
	var taps []tap
	for k, w := range weights {
		if i := s.inside(first+float64(k), size); i >= 0 {
			taps = append(taps, tap{i, w})
		}
	}
	return taps
}

// inside is the element that stands for the one at v, -1 where that is a zero.
func (s sampling) inside(v float64, size int) int {
	if v < 0 || v > float64(size-1) {
		switch s.padding {
		case "zeros":
			return -1
		case "reflection":
			v = s.reflected(v, size)
		}
	}
	return clampIndex(v, size)
}

// reflected brings a place inside by mirrors at both ends.
func (s sampling) reflected(v float64, size int) float64 {
	lo, length := -0.5, float64(size)
	if s.corners {
		lo, length = 0, float64(size-1)
	}
	if length == 0 {
		return lo
	}
	off := math.Mod(math.Abs(v-lo), 2*length)
	return lo + min(off, 2*length-off)
}

// affineGrid is the grid that a matrix for each image makes of the places of an output, for GridSample.
func affineGrid(c *call) ([]*array, error) {
	theta := c.in[0]
	list, _, err := c.list(1, "")
	if err != nil {
		return nil, err
	}
	size, err := dims(list)
	if err != nil {
		return nil, err
	}
	n := len(size) - 2
	if theta.kind() != floats || n < 2 || n > 3 || !slices.Equal(theta.shape, []int{size[0], n, n + 1}) {
		return nil, fmt.Errorf("theta %s%v does not fit an output of shape %v", theta.typ, theta.shape, size)
	}
	places := size[2:]
	y, err := c.make(theta.typ, slices.Concat(size[:1], places, []int{n})...)
	if err != nil || y.len() == 0 {
		return one(y, err)
	}
	corners, count := c.int("align_corners", 0) != 0, elements(places)
	steps := rowMajor(places)
	at := make([]float64, n+1)
	at[n] = 1
	for p := range size[0] * count {
		for axis, step := range steps {
			at[n-1-axis] = centre(p%count/step%places[axis], places[axis], corners)
		}
		for row := range n {
			m := theta.f[(p/count*n+row)*(n+1):]
			for k, v := range at {
				y.f[p*n+row] += m[k] * v
			}
		}
	}
	return one(y, nil)
}

// centre is the coordinate of an element, from -1 to 1.
func centre(k, size int, corners bool) float64 {
	switch {
	case !corners:
		return (2*float64(k)+1)/float64(size) - 1
	case size == 1:
		return -1
	}
	return 2*float64(k)/float64(size-1) - 1
}
