package ort

import (
	"maps"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/tensor"
)

func TestRunRefuses(t *testing.T) {
	s := open(t, engine(t), fixture("two_by_two"))
	good := pair(1, []float32{1, 2, 3}, []float32{1, 2, 3})
	tests := map[string]struct {
		change map[string]*tensor.Tensor
		want   string
	}{
		"missing":      {map[string]*tensor.Tensor{"b": nil}, "input b is missing"},
		"unknown_name": {map[string]*tensor.Tensor{"sums": good["a"]}, `input "sums" is not known; the model takes a, b`},
		"wrong_type":   {map[string]*tensor.Tensor{"a": tensor.Of([]int64{1, 3}, 1.0, 2, 3)}, "input a is double[1,3], and the model takes float[?,3] a"},
		"wrong_rank":   {map[string]*tensor.Tensor{"a": tensor.Of([]int64{3}, float32(1), 2, 3)}, "input a is float[3], and the model takes float[?,3] a"},
		"wrong_size":   {map[string]*tensor.Tensor{"a": tensor.Of([]int64{1, 2}, float32(1), 2)}, "input a is float[1,2], and the model takes float[?,3] a"},
		"mismatch":     {map[string]*tensor.Tensor{"a": tensor.Of([]int64{2, 3}, float32(1), 2, 3, 4, 5, 6), "b": tensor.Of([]int64{4, 3}, make([]float32, 12)...)}, "run two_by_two: "},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			in := maps.Clone(good)
			maps.Copy(in, test.change)
			if _, err := s.Run(t.Context(), in); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error is %v, want %q in it", err, test.want)
			}
			if _, err := s.Bind(t.Context(), in); err == nil || !strings.Contains(err.Error(), "two_by_two") {
				t.Errorf("Bind's error is %v", err)
			}
		})
	}
	want(t, "sum afterwards", run(t, s, good)["sum"], tensor.Of([]int64{1, 3}, float32(2), 4, 6))
}
