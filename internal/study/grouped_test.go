package main

import (
	"math"
	"testing"

	"github.com/acdeploy/acdeploy/backends/ort"
)

// TestParts builds both arms: a convolution of each part, and one with groups.
func TestParts(t *testing.T) {
	p := parts{groups: 4, channels: 8, size: 5}
	for grouped, want := range map[bool]int{false: 6, true: 1} {
		m, err := p.model(t.Context(), grouped)
		if err != nil {
			t.Fatal(err)
		}
		if m.Graph.Len() != want {
			t.Errorf("grouped %v: %d nodes", grouped, m.Graph.Len())
		}
	}
}

// TestMeasureParts runs both arms a few times.
func TestMeasureParts(t *testing.T) {
	if err := ort.New().Check(t.Context()); err != nil {
		t.Skip(err)
	}
	got, err := parts{groups: 2, channels: 4, size: 3}.measure(t.Context(), 3)
	if err != nil || len(got.apart) != 3 || len(got.grouped) != 3 || got.apart[0] <= 0 {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestRatioOfTimes(t *testing.T) {
	got, _ := times{apart: []float64{10, 20, 30, 10}, grouped: []float64{20, 40, 60, 20}}.ratio()
	if math.Abs(got-2) > 1e-12 {
		t.Errorf("the ratio is %g", got)
	}
}
