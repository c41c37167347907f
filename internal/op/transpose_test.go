package op_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/acdeploy/acdeploy/internal/op"
)

func TestPermutation(t *testing.T) {
	for name, c := range map[string]struct {
		perm, want []int64
		err        string
	}{
		"written":   {[]int64{2, 0, 1}, []int64{2, 0, 1}, ""},
		"backward":  {nil, []int64{2, 1, 0}, ""},
		"too short": {[]int64{1, 0}, nil, "its perm has 2 axes, and its input has 3"},
		"twice":     {[]int64{1, 1, 0}, nil, "axis 1 is repeated, or is not one of the"},
		"negative":  {[]int64{-1, 0, 1}, nil, "its perm [-1 0 1] is not an order of the axes"},
	} {
		t.Run(name, func(t *testing.T) {
			n := node(13, "Transpose", []input{"x"})
			if c.perm != nil {
				n.SetAttr(ints("perm", c.perm...))
			}
			got, err := op.Permutation(n, 3)
			wantError(t, err, c.err)
			var want []int
			for _, axis := range c.want {
				want = append(want, int(axis))
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestWrittenPermutation(t *testing.T) {
	got, ok := op.WrittenPermutation(node(13, "Transpose", []input{"x"}, ints("perm", 1, 0)))
	if diff := cmp.Diff([]int{1, 0}, got); diff != "" || !ok {
		t.Error(ok, diff)
	}
	for _, list := range [][]int64{nil, {}, {1, 1}, {0, -1}} {
		n := node(13, "Transpose", []input{"x"})
		if list != nil {
			n.SetAttr(ints("perm", list...))
		}
		if got, ok := op.WrittenPermutation(n); ok {
			t.Errorf("%v is read as %v", list, got)
		}
	}
}
