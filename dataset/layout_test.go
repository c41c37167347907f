package dataset

import (
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/internal/npztest"
	"github.com/acdeploy/acdeploy/tensor"
)

// TestLayout shows how to save an array whose axes are in another order than the input's.
func TestLayout(t *testing.T) {
	for _, c := range []struct {
		array, input []int64
		want         string
	}{
		{[]int64{2, 4, 5, 3}, []int64{3, 4, 5}, "save images.transpose(0, 3, 1, 2)"},
		{[]int64{2, 3, 4, 5}, []int64{4, 5, 3}, "save images.transpose(0, 2, 3, 1)"},
		{[]int64{2, 4, 5}, []int64{1, 4, 5}, "save images[:, None]"},
		{[]int64{2, 4, 5, 3}, []int64{3, 4, 6}, ""},
		{[]int64{2, 4, 5}, []int64{3, 4, 5}, ""},
		{[]int64{2, 60}, []int64{3, 4, 5}, ""},
	} {
		count, _ := tensor.Count(c.array)
		o := Defaults()
		o.Path = npztest.File(t, map[string][]byte{"images": npztest.Of(c.array, make([]float32, count)...)})
		_, err := Open(o, []tensor.Spec{image(c.input...)}, nil)
		if err == nil || !strings.Contains(err.Error(), "which does not fit input") || !strings.HasSuffix(err.Error(), c.want) ||
			c.want == "" && strings.Contains(err.Error(), "save") {
			t.Errorf("%v for %v: %v, want %q", c.array, c.input, err, c.want)
		}
	}
}
