package main

import (
	"math"
	"testing"
)

// TestRatioOf is the geometric mean of ratios, within its interval.
func TestRatioOf(t *testing.T) {
	r := ratioOf([]float64{math.Log(0.5), math.Log(0.5), math.Log(0.25), math.Log(1)})
	if math.Abs(float64(r.Ratio)-0.5) > 1e-12 || !(r.Low < r.Ratio && r.Ratio < r.High) || r.Pairs != 4 {
		t.Errorf("got %+v", r)
	}
}

// TestLoaded opens two files in an engine, where there is one.
func TestLoaded(t *testing.T) {
	w := &wild{}
	r := &wildRow{Group: groupTrained}
	w.load(t.Context(), r, declaredNowhere(), declaredNowhere())
	if r.Load != nil {
		t.Error("without an engine something was loaded")
	}
	w.engine = engine(t.Context(), toolbox())
	if len(w.engine) == 0 {
		t.Skip("there is no engine")
	}
	if w.load(t.Context(), r, declaredNowhere(), declaredNowhere()); r.Load != nil {
		t.Errorf("a file that is not there loads: %+v", r.Load)
	}
}
