package reference

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/acdeploy/acdeploy/tensor"
)

// nonMaxSuppression keeps, of the boxes of each class of each image, those of the highest scores. A box that
// overlaps one that was kept is left out. The result names each by image, class and box.
func nonMaxSuppression(c *call) ([]*array, error) {
	boxes, scores := c.in[0], c.in[1]
	if boxes.kind() != floats || scores.kind() != floats {
		return nil, fmt.Errorf("boxes are %s and scores are %s, not floating-point", boxes.typ, scores.typ)
	}
	if boxes.rank() != 3 || scores.rank() != 3 || boxes.shape[2] != 4 || boxes.shape[0] != scores.shape[0] || boxes.shape[1] != scores.shape[2] {
		return nil, fmt.Errorf("boxes of shape %v do not fit scores of shape %v", boxes.shape, scores.shape)
	}
	s, err := c.suppression()
	if err != nil {
		return nil, err
	}
	n := boxes.shape[1]
	var kept []int64
	if n > 0 && s.most > 0 {
		for row := range scores.shape[0] * scores.shape[1] {
			image, class := row/scores.shape[1], row%scores.shape[1]
			chosen, err := s.keep(c.ctx, boxes.f[image*n*4:(image+1)*n*4], scores.f[row*n:(row+1)*n])
			if err != nil {
				return nil, err
			}
			for _, box := range chosen {
				kept = append(kept, int64(image), int64(class), int64(box))
			}
			if len(kept) > c.limit {
				return nil, fmt.Errorf("more than %d boxes are kept", c.limit/3)
			}
		}
	}
	return one(&array{typ: tensor.Int64, shape: []int{len(kept) / 3, 3}, i: kept}, nil)
}

// suppression is how boxes are chosen.
type suppression struct {
	most         int     // boxes of one class of one image
	overlap      float64 // intersection over union above which a box is left out
	score        float64 // that a box has to be above
	centerCorner bool    // whether a box is its centre, width and height, and not two corners
}

func (c *call) suppression() (suppression, error) {
	s := suppression{score: math.Inf(-1), centerCorner: c.int("center_point_box", 0) != 0}
	if c.input(2) != nil {
		most, err := c.scalar(2)
		if err != nil {
			return s, err
		}
		s.most = int(max(0, min(most, math.MaxInt32)))
	}
	for input, to := range map[int]*float64{3: &s.overlap, 4: &s.score} {
		if c.input(input) == nil {
			continue
		}
		var err error
		if *to, err = c.scalar(input); err != nil {
			return s, err
		}
	}
	if !(s.overlap >= 0 && s.overlap <= 1) {
		return s, fmt.Errorf("iou_threshold is %v, which is not between 0 and 1", s.overlap)
	}
	return s, nil
}

// keep names the boxes that are kept, the highest score first; of equal scores the box that stands first. It ends with
// the context: a file of many boxes takes their number squared.
func (s suppression) keep(ctx context.Context, boxes, scores []float64) ([]int, error) {
	var order []int
	for k, v := range scores {
		if v > s.score {
			order = append(order, k)
		}
	}
	slices.SortStableFunc(order, func(i, j int) int { return compareFloats(scores[j], scores[i]) })
	var kept []int
	var areas []rectangle
	for _, k := range order {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if len(kept) == s.most {
			break
		}
		r := s.rectangle(boxes[k*4 : k*4+4])
		if !slices.ContainsFunc(areas, func(other rectangle) bool { return r.overlap(other) > s.overlap }) {
			kept, areas = append(kept, k), append(areas, r)
		}
	}
	return kept, nil
}

// rectangle is a box by its sides.
type rectangle struct{ x0, y0, x1, y1 float64 }

func (s suppression) rectangle(box []float64) rectangle {
	if s.centerCorner {
		x, y, w, h := box[0], box[1], box[2]/2, box[3]/2
		return rectangle{x - w, y - h, x + w, y + h}
	}
	return rectangle{min(box[1], box[3]), min(box[0], box[2]), max(box[1], box[3]), max(box[0], box[2])}
}

func (r rectangle) area() float64 { return (r.x1 - r.x0) * (r.y1 - r.y0) }

// overlap is the area that two boxes share, over the area that they cover; 0 where one is empty.
func (r rectangle) overlap(o rectangle) float64 {
	w, h := min(r.x1, o.x1)-max(r.x0, o.x0), min(r.y1, o.y1)-max(r.y0, o.y0)
	if !(w > 0 && h > 0 && r.area() > 0 && o.area() > 0) {
		return 0
	}
	return w * h / (r.area() + o.area() - w*h)
}
