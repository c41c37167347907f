package reference

import (
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/tensor"
)

// A region of 4 by 4 pixels of a slope gives the mean of the slope, and in a part that is less than a pixel outside
// the edge.
func TestRoiAlign(t *testing.T) {
	x := tensor.Of([]int64{1, 1, 1, 4}, 0.0, 1, 2, 3)
	for _, c := range []struct {
		roi  []float64
		want float64
	}{
		{[]float64{0.5, 0.5, 2.5, 0.5}, 1},
		{[]float64{-0.5, 0.5, 0.5, 0.5}, 0},
		{[]float64{90, 0.5, 91, 0.5}, 0},
	} {
		got, err := evaluate(oneNode(16, "RoiAlign", []*graph.Attr{graph.IntAttr("sampling_ratio", 2)}, 1, x, tensor.Of([]int64{1, 4}, c.roi...), tensor.Of([]int64{1}, int64(0))))
		if err != nil {
			t.Fatal(err)
		}
		if got[0].Float64s()[0] != c.want {
			t.Errorf("%v: %v, want %v", c.roi, got[0].Float64s(), c.want)
		}
	}
}

func TestRoiAlignRefuses(t *testing.T) {
	x, first := tensor.Of([]int64{1, 1, 1, 1}, 1.0), tensor.Of([]int64{1}, int64(0))
	roi := tensor.Of([]int64{1, 4}, 0, 0, 1e300, 1)
	large := []*graph.Attr{graph.IntAttr("output_width", 1<<62)}
	for want, m := range map[string]*graph.Model{
		"a region needs more than 134217728 samples": oneNode(16, "RoiAlign", nil, 1, x, roi, first),
		"the result is 1 by 4611686018427387904":     oneNode(16, "RoiAlign", large, 1, x, roi, first),
		"index 1 is outside an axis of 1":            oneNode(16, "RoiAlign", nil, 1, x, roi, tensor.Of([]int64{1}, int64(1))),
		`mode "sum" is not known`:                    oneNode(16, "RoiAlign", []*graph.Attr{graph.StringAttr("mode", "sum")}, 1, x, roi, first),
	} {
		if _, err := evaluate(m); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}
