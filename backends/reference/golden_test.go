package reference

import (
	"context"
	"fmt"
	"math"
	"os"
	"slices"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/onnx"
	"github.com/acdeploy/acdeploy/tensor"
)

// goldenFiles are the files of cases, and how many there are at least in each.
func goldenFiles() map[string]int {
	return map[string]int{
		"testdata/golden.onnx": 500, "testdata/golden-opset9.onnx": 70,
		"testdata/golden-heads.onnx": 440, "testdata/golden-heads-opset9.onnx": 40,
		"testdata/golden-attention.onnx": 50,
	}
}

// readGolden reads the cases that testdata/golden.py made: nodes over constants, with the answers of
// ONNX Runtime next to them.
func readGolden(t testing.TB, path string) *graph.Model {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	m, err := onnx.Decode(data, nil)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestGolden(t *testing.T) {
	for path, least := range goldenFiles() {
		t.Run(path, func(t *testing.T) {
			m := readGolden(t, path)
			s, err := OpenGraph(m)
			if err != nil {
				t.Fatal(err)
			}
			out, err := s.Run(context.Background(), nil)
			if err != nil {
				t.Fatal(err)
			}
			if m.Graph.Len() < least {
				t.Errorf("%d cases, there were %d", m.Graph.Len(), least)
			}
			for n := range m.Graph.Nodes() {
				for k := range n.NumOutputs() {
					want := m.Graph.Lookup(fmt.Sprintf("%s.want.%d", n.Name, k)).Data()
					if err := agree(out[n.Output(k).Name()], want, accuracy(n.OpType)); err != nil {
						t.Errorf("%s (%s) output %d: %v", n.Name, n.OpType, k, err)
					}
				}
			}
		})
	}
}

// accuracy is what the recorded answers are good for, relative to the largest: those of recurrent operators went
// through many rounded steps.
func accuracy(op string) float64 {
	if slices.Contains([]string{"RNN", "GRU", "LSTM"}, op) {
		return 1e-5
	}
	return 1e-6
}

// agree compares with results that were computed in float32: a difference is measured by the largest
// finite magnitude among them.
func agree(got, want *tensor.Tensor, tolerance float64) error {
	if got.Type() != want.Type() || !slices.Equal(got.Shape(), want.Shape()) {
		return fmt.Errorf("is %s%v, want %s%v", got.Type(), got.Shape(), want.Type(), want.Shape())
	}
	g, w := got.Float64s(), want.Float64s()
	scale := 0.0
	for _, v := range w {
		if !math.IsInf(v, 0) {
			scale = max(scale, math.Abs(v))
		}
	}
	for k := range w {
		if g[k] != w[k] && !(math.IsNaN(g[k]) && math.IsNaN(w[k])) && !(math.Abs(g[k]-w[k]) <= tolerance*scale) {
			return fmt.Errorf("element %d is %g, want %g", k, g[k], w[k])
		}
	}
	return nil
}
