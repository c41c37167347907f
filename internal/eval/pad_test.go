package eval_test

import (
	"testing"

	"github.com/acdeploy/acdeploy/graph"
)

func TestPad(t *testing.T) {
	mode := func(m string) []*graph.Attr { return with(graph.StringAttr("mode", m)) }
	agree(t, map[string]example{
		"mirrored":            {13, "Pad", of(numbers(3, 2), ints(2, 0, 1, 1)), mode("reflect"), 0},
		"its border repeated": {13, "Pad", of(numbers(3, 2), ints(4, 0, 1, 3)), mode("edge"), 0},
		"its other end":       {19, "Pad", of(numbers(3, 2), ints(3, 1, 0, 2)), mode("wrap"), 0},
		"cropped":             {13, "Pad", of(numbers(4, 3), ints(-1, 0, -1, 2), scalar(5)), nil, 0},
		"a given number":      {10, "Pad", of(numbers(2)), with(graph.IntsAttr("pads", 1, 2), graph.FloatAttr("value", 0.5)), 0},
	})
	left(t, map[string]example{
		"mirrored twice":       {13, "Pad", of(numbers(3), ints(3, 0)), mode("reflect"), 0},
		"nothing to repeat":    {13, "Pad", of(numbers(0), ints(1, 0)), mode("edge"), 0},
		"cropped and mirrored": {13, "Pad", of(numbers(4), ints(-1, 2)), mode("reflect"), 0},
		"cropped to less":      {13, "Pad", of(numbers(2), ints(-2, -1)), nil, 0},
		"in a mode of nobody":  {13, "Pad", of(numbers(2), ints(0, 1)), mode("spiral"), 0},
	})
}
