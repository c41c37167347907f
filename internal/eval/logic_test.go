package eval_test

import (
	"math"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/tensor"
)

func TestDecide(t *testing.T) {
	bytes := func(v ...uint8) *tensor.Tensor { return tensor.Of([]int64{int64(len(v))}, v...) }
	shift := func(direction string) []*graph.Attr { return with(graph.StringAttr("direction", direction)) }
	above := floats(1, float32(math.Inf(1)), float32(math.Inf(-1)), float32(math.NaN()))
	agree(t, map[string]example{
		"IsNaN":                  {13, "IsNaN", of(above), nil, 0},
		"IsInf":                  {13, "IsInf", of(above), nil, 0},
		"IsInf of one side":      {13, "IsInf", of(above), with(graph.IntAttr("detect_negative", 0)), 0},
		"Equal of bytes":         {13, "Equal", of(bytes(1, 255), bytes(1, 0)), nil, 0},
		"Less of bytes":          {13, "Less", of(bytes(1, 255), bytes(1, 0)), nil, 0},
		"BitwiseAnd of integers": {18, "BitwiseAnd", of(ints(-1, 12), ints(7, 10)), nil, 0},
	})
	left(t, map[string]example{
		"a shift of signed integers": {11, "BitShift", of(ints(1), ints(1)), shift("LEFT"), 0},
		"a shift by all bits":        {11, "BitShift", of(bytes(1), bytes(8)), shift("RIGHT"), 0},
		"a comparison along an axis": {6, "Equal", of(tensor.Of([]int64{1, 2, 2}, int32(1), 1, 2, 2), tensor.Of([]int64{2}, int32(1), 2)), with(graph.IntAttr("broadcast", 1), graph.IntAttr("axis", 1)), 0},
		"a shift to nowhere":         {11, "BitShift", of(bytes(1), bytes(1)), shift("UP"), 0},
	})
	for direction, want := range map[string]uint8{"LEFT": 0xe8, "RIGHT": 0x0f} {
		m, n := example{11, "BitShift", of(bytes(0x7d), bytes(3)), shift(direction), 0}.build()
		if got, _, ok := evaluator(m).Result(n, 0); !ok || got.Float64s()[0] != float64(want) {
			t.Errorf("%s: %v", direction, got)
		}
	}
}
