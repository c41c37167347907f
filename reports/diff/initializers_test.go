package diff

import (
	"math"
	"testing"

	"github.com/acdeploy/acdeploy/tensor"
)

func TestCompare(t *testing.T) {
	nan := float32(math.NaN())
	words := func(list ...string) *tensor.Tensor {
		s, err := tensor.NewStrings([]int64{int64(len(list))}, list)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	for name, c := range map[string]struct {
		a, b     *tensor.Tensor
		change   string // "" for none
		elements int
	}{
		"the same numbers":     {tensor.Of([]int64{2}, float32(1), nan), tensor.Of([]int64{2}, float32(1), nan), "", 0},
		"one of two":           {tensor.Of([]int64{2}, float32(1), nan), tensor.Of([]int64{2}, float32(2), nan), Numbers, 1},
		"a scalar":             {tensor.Of(nil, float32(1)), tensor.Of(nil, float32(2)), Numbers, 1},
		"nothing":              {tensor.Of([]int64{0}, []float32{}...), tensor.Of([]int64{0}, []float32{}...), "", 0},
		"another shape":        {tensor.Of([]int64{2}, float32(1), 2), tensor.Of([]int64{1, 2}, float32(1), 2), Form, 0},
		"another type":         {tensor.Of([]int64{1}, float32(1)), tensor.Of([]int64{1}, 1.0), Form, 0},
		"large integers":       {tensor.Of([]int64{1}, int64(1)<<60), tensor.Of([]int64{1}, int64(1)<<60+1), Numbers, 1},
		"the sign of zero":     {tensor.Of([]int64{1}, float32(0)), tensor.Of([]int64{1}, float32(math.Copysign(0, -1))), Numbers, 1},
		"words":                {words("a", "b"), words("a", "c"), Numbers, 1},
		"the same words":       {words("a", "b"), words("a", "b"), "", 0},
		"one that is not kept": {nil, words("a"), Form, 0},
	} {
		got, err := compare(c.a, c.b)
		switch {
		case err != nil:
			t.Errorf("%s: %v", name, err)
		case c.change == "":
			if got != nil {
				t.Errorf("%s: got %+v", name, got)
			}
		case got == nil || got.Change != c.change || got.Elements != c.elements:
			t.Errorf("%s: got %+v", name, got)
		}
	}
}
