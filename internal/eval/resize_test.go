package eval_test

import (
	"testing"

	"github.com/acdeploy/acdeploy/graph"
)

func TestResize(t *testing.T) {
	how := func(mode, coordinates string, more ...*graph.Attr) []*graph.Attr {
		return append(with(graph.StringAttr("mode", mode), graph.StringAttr("coordinate_transformation_mode", coordinates)), more...)
	}
	agree(t, map[string]example{
		"twice as large":             {13, "Resize", of(numbers(1, 1, 2, 3), nil, floats(1, 1, 2, 2)), how("nearest", "asymmetric"), 0},
		"positions of another image": {13, "Resize", of(numbers(1, 2, 3, 3), nil, nil, ints(1, 2, 5, 7)), how("cubic", "half_pixel"), 0},
		"cubic inside the image":     {13, "Resize", of(numbers(1, 1, 4), nil, floats(1, 1, 2)), how("cubic", "half_pixel", graph.IntAttr("exclude_outside", 1)), 0},
		"corners on corners":         {13, "Resize", of(numbers(1, 1, 4), nil, nil, ints(1, 1, 7)), how("linear", "align_corners"), 0},
		"symmetric":                  {19, "Resize", of(numbers(1, 1, 4), nil, floats(1, 1, 1.5)), how("linear", "half_pixel_symmetric"), 0},
		"an axis of its own":         {18, "Resize", of(numbers(1, 2, 2, 3), nil, floats(2)), how("linear", "half_pixel", graph.IntsAttr("axes", 3)), 0},
		"Resize of opset 10":         {10, "Resize", of(numbers(1, 1, 2, 3), floats(1, 1, 2, 2)), nil, 0},
		"Upsample":                   {9, "Upsample", of(numbers(1, 1, 2, 3), floats(1, 1, 2, 2)), with(graph.StringAttr("mode", "linear")), 0},
		"Upsample by an attribute":   {7, "Upsample", of(numbers(1, 1, 2, 3)), with(&graph.Attr{Name: "scales", Kind: graph.AttrFloats, Floats: []float32{1, 1, 2, 2}}), 0},
	})
	left(t, map[string]example{
		"a crop":                        {13, "Resize", of(numbers(1, 1, 4), floats(0, 0, 0, 1, 1, 1), floats(1, 1, 2)), how("linear", "tf_crop_and_resize"), 0},
		"corners of no whole size":      {13, "Resize", of(numbers(1, 1, 4), nil, floats(1, 1, 0.625)), how("linear", "align_corners"), 0},
		"more than may be stored":       {13, "Resize", of(numbers(1, 1, 1), nil, nil, ints(1, 1, 1<<40)), how("nearest", "asymmetric"), 0},
		"the nearest where it may jump": {13, "Resize", of(numbers(1, 1, 3), nil, nil, ints(1, 1, 5)), how("nearest", "asymmetric", graph.StringAttr("nearest_mode", "floor")), 0},
	})
}
