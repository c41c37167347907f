package onnx_test

import (
	"io"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/onnx"
	"github.com/acdeploy/acdeploy/tensor"
)

// recipe computes a value in each element, and counts how often it was asked.
type recipe struct {
	value float64
	rows  *int
}

func (r recipe) Row(dst []float64, _ int) {
	*r.rows++
	for i := range dst {
		dst[i] = r.value
	}
}

func (r recipe) MaxAbs() float64 { return r.value }

func TestRecipesAreComputedOnceWhileWriting(t *testing.T) {
	m, rows := decode(t, small()), 0
	m.Graph.Lookup("w").SetData(tensor.Compute(tensor.Float32, []int64{2}, recipe{1e-40, &rows}))
	layout, err := onnx.NewLayout(m, onnx.Options{})
	if err != nil || rows != 0 {
		t.Fatalf("laying out read %d rows, error %v", rows, err)
	}
	if err := layout.WriteModel(io.Discard); err != nil || rows != 2 {
		t.Errorf("writing read %d rows, error %v", rows, err)
	}
	if layout.Rounding().Flushed != 2 {
		t.Errorf("%d elements flushed, want 2", layout.Rounding().Flushed)
	}
	m.Graph.Lookup("w").SetData(tensor.Compute(tensor.Float32, []int64{2}, recipe{1e300, &rows}))
	if _, err := onnx.Encode(io.Discard, m); err == nil || !strings.HasPrefix(err.Error(), `tensor "w": row 0: 1e+300 does not fit float`) {
		t.Errorf("overflow gives %v", err)
	}
}
