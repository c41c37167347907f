package tensor

import (
	"math"
	"testing"
)

func TestDifference(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	for name, c := range map[string]struct {
		want, got []float64
		is        Difference
		relative  float64
	}{
		"empty":               {nil, nil, Difference{}, 0},
		"equal":               {[]float64{1, -4}, []float64{1, -4}, Difference{Scale: 4}, 0},
		"apart":               {[]float64{1, -4}, []float64{1.5, -4}, Difference{MaxAbs: 0.5, Scale: 4}, 0.125},
		"of zeros":            {[]float64{0}, []float64{1e-300}, Difference{MaxAbs: 1e-300}, inf},
		"the same NaN":        {[]float64{nan, 2}, []float64{nan, 2}, Difference{Scale: 2, Alike: 1}, 0},
		"the same infinity":   {[]float64{-inf, 2}, []float64{-inf, 2}, Difference{Scale: 2, Alike: 1}, 0},
		"opposite infinities": {[]float64{-inf}, []float64{inf}, Difference{Unlike: 1}, inf},
		"NaN for a number":    {[]float64{8}, []float64{nan}, Difference{Scale: 8, Unlike: 1}, inf},
		"a number for NaN":    {[]float64{nan}, []float64{8}, Difference{Unlike: 1}, inf},
		"infinity for NaN":    {[]float64{nan}, []float64{inf}, Difference{Unlike: 1}, inf},
		"out of range":        {[]float64{-1.7e308}, []float64{1.7e308}, Difference{MaxAbs: inf, Scale: 1.7e308}, inf},
	} {
		var d Difference
		d.Add(c.want, c.got)
		if d != c.is || d.Relative() != c.relative {
			t.Errorf("%s: got %+v, %v", name, d, d.Relative())
		}
	}
}

func TestDifferenceKeepsTheLargest(t *testing.T) {
	var d Difference
	d.Add([]float64{1}, []float64{2})
	d.Add([]float64{10}, []float64{10.5})
	if d.MaxAbs != 1 || d.Scale != 10 || d.Relative() != 0.1 {
		t.Errorf("got %+v", d)
	}
}

func TestDifferenceOfTensors(t *testing.T) {
	one := []int64{1}
	text := func(s string) *Tensor {
		made, err := NewStrings(one, []string{s})
		if err != nil {
			t.Fatal(err)
		}
		return made
	}
	for name, c := range map[string]struct {
		want, got *Tensor
		is        Difference
		fails     bool
	}{
		"floats":             {want: Of(one, float32(4)), got: Of(one, float32(5)), is: Difference{MaxAbs: 1, Scale: 4}},
		"integers":           {want: Of(one, int64(4)), got: Of(one, int64(5)), is: Difference{MaxAbs: 1, Scale: 4}},
		"equal integers":     {want: Of(one, int64(4)), got: Of(one, int64(4)), is: Difference{Scale: 4}},
		"integers past 2⁵³":  {want: Of(one, int64(1<<60)), got: Of(one, int64(1<<60+1)), is: Difference{Scale: 1 << 60, Unlike: 1}},
		"truths":             {want: Of(one, true), got: Of(one, false), is: Difference{MaxAbs: 1, Scale: 1}},
		"equal strings":      {want: text("a"), got: text("a")},
		"strings":            {want: text("a"), got: text("b"), is: Difference{Unlike: 1}},
		"another type":       {want: Of(one, float32(4)), got: Of(one, float64(4)), fails: true},
		"another shape":      {want: Of(one, float32(4)), got: Of(nil, float32(4)), fails: true},
		"integer and number": {want: Of(one, int64(4)), got: Of(one, float64(4)), fails: true},
	} {
		var d Difference
		if err := d.AddTensors(c.want, c.got); (err != nil) != c.fails || d != c.is {
			t.Errorf("%s: got %+v, %v", name, d, err)
		}
	}
	var d Difference
	for _, got := range []int64{9, 6} { // a smaller difference after a larger one is a number, too
		if err := d.AddTensors(Of(one, int64(4)), Of(one, got)); err != nil {
			t.Fatal(err)
		}
	}
	if d != (Difference{MaxAbs: 5, Scale: 4}) {
		t.Errorf("got %+v", d)
	}
}
