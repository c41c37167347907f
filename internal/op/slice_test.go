package op_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/op"
)

func TestReadSlice(t *testing.T) {
	for name, c := range map[string]struct {
		n    *graph.Node
		want op.Slice
		err  string
	}{
		"attributes": {
			node(9, "Slice", []input{"x"}, ints("starts", 1), ints("ends", -1), ints("axes", -1)),
			op.Slice{Axes: []int{3}, Starts: []int64{1}, Ends: []int64{-1}, Steps: []int64{1}},
			"",
		},
		"attributes without axes": {
			node(9, "Slice", []input{"x"}, ints("starts", 1, 2), ints("ends", 3, 4)),
			op.Slice{Axes: []int{0, 1}, Starts: []int64{1, 2}, Ends: []int64{3, 4}, Steps: []int64{1, 1}},
			"",
		},
		"inputs": {
			node(10, "Slice", []input{"x", []int64{1}, []int64{3}, []int64{2}, []int64{-2}}),
			op.Slice{Axes: []int{2}, Starts: []int64{1}, Ends: []int64{3}, Steps: []int64{-2}},
			"",
		},
		"inputs without axes": {
			node(13, "Slice", []input{"x", []int64{1}, []int64{3}}),
			op.Slice{Axes: []int{0}, Starts: []int64{1}, Ends: []int64{3}, Steps: []int64{1}},
			"",
		},
		"computed starts":  {node(13, "Slice", []input{"x", "a", []int64{3}}), op.Slice{}, "its starts or ends are computed"},
		"computed ends":    {node(13, "Slice", []input{"x", []int64{3}, "a"}), op.Slice{}, "its starts or ends are computed"},
		"computed axes":    {node(13, "Slice", []input{"x", []int64{3}, []int64{3}, "a"}), op.Slice{}, "its axes are computed at run time; export the model with constant folding"},
		"computed steps":   {node(13, "Slice", []input{"x", []int64{3}, []int64{3}, nil, "a"}), op.Slice{}, "its steps are computed"},
		"other lengths":    {node(13, "Slice", []input{"x", []int64{3}, []int64{3, 4}}), op.Slice{}, "different lengths"},
		"too many of them": {node(13, "Slice", []input{"x", []int64{1, 1, 1, 1, 1}, []int64{1, 1, 1, 1, 1}}), op.Slice{}, "axis 4 is repeated, or is not one"},
		"attributes now":   {node(13, "Slice", []input{"x"}, ints("starts", 1), ints("ends", 2)), op.Slice{}, "its input starts is absent"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := op.ReadSlice(c.n, 4, op.Constant)
			wantError(t, err, c.err)
			if diff := cmp.Diff(c.want, got); err == nil && diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestSliceAxes(t *testing.T) {
	got, err := op.SliceAxes(node(13, "Slice", []input{"x", "a", "b", []int64{-1}}), 1, 3, op.Constant)
	if diff := cmp.Diff([]int{2}, got); diff != "" || err != nil {
		t.Error(err, diff)
	}
	got, err = op.SliceAxes(node(13, "Slice", []input{"x", "a", "b"}), 2, 3, op.Constant)
	if diff := cmp.Diff([]int{0, 1}, got); diff != "" || err != nil {
		t.Error(err, diff)
	}
}

// TestTaken compares with a walk along the axis, one step after another. Unlike in NumPy, a walk backward
// from before the first element takes that one.
func TestTaken(t *testing.T) {
	for size := int64(0); size <= 4; size++ {
		for start := -size - 2; start <= size+2; start++ {
			for end := -size - 2; end <= size+2; end++ {
				for _, step := range []int64{1, 2, 3, 1 << 62, -1, -2, -3, -1 << 63} {
					want := walk(size, start, end, step)
					first, count := op.Taken(start, end, step, size)
					if count != int64(len(want)) || count > 0 && first != want[0] {
						t.Errorf("%d:%d:%d of %d takes %d from %d, want %v", start, end, step, size, count, first, want)
					}
				}
			}
		}
	}
}

// walk lists the positions that a slice takes.
func walk(size, start, end, step int64) []int64 {
	var out []int64
	if start < 0 {
		start += size
	}
	if end < 0 {
		end += size
	}
	if step > 0 {
		for i := max(start, 0); i < min(end, size); i += min(step, size+1) {
			out = append(out, i)
		}
		return out
	}
	for i := min(max(start, 0), size-1); i > max(end, -1) && i >= 0; i += max(step, -size-1) {
		out = append(out, i)
	}
	return out
}
