package tensor

import (
	"math"
	"testing"
)

func TestCount(t *testing.T) {
	for name, c := range map[string]struct {
		shape []int64
		want  int // -1 for an error
	}{
		"scalar":      {nil, 1},
		"plain":       {[]int64{2, 3, 4}, 24},
		"empty":       {[]int64{2, 0, 4}, 0},
		"negative":    {[]int64{2, -3}, -1},
		"hidden":      {[]int64{0, -3}, -1},
		"huge":        {[]int64{math.MaxInt64}, -1},
		"overflow":    {[]int64{1 << 32, 1 << 32}, -1},
		"many_empty":  {[]int64{1 << 40, 0}, 0},
		"just_enough": {[]int64{math.MaxInt64 / 16}, math.MaxInt64 / 16},
	} {
		got, err := Count(c.shape)
		if err != nil {
			got = -1
		}
		if got != c.want {
			t.Errorf("%s: %v has %d elements, want %d (%v)", name, c.shape, got, c.want, err)
		}
	}
}

func TestSpecString(t *testing.T) {
	for want, spec := range map[string]Spec{
		"float x":          {Name: "x", Type: Float32},
		"float[] x":        {Name: "x", Type: Float32, Ranked: true},
		"int64[N,?,3] ids": {Name: "ids", Type: Int64, Ranked: true, Shape: []Dim{{Size: -1, Param: "N"}, {Size: -1}, Fixed(3)}},
	} {
		if got := spec.String(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	if got := FormatShape([]int64{64, 3, 3}); got != "64,3,3" {
		t.Errorf("got %q", got)
	}
}
