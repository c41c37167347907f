package op_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/op"
)

func TestReadConv(t *testing.T) {
	for name, c := range map[string]struct {
		weight []int64
		attrs  []*graph.Attr
		group  int
		err    string
	}{
		"plain":               {[]int64{4, 2, 3}, nil, 1, ""},
		"groups":              {[]int64{4, 2, 3}, []*graph.Attr{graph.IntAttr("group", 2), ints("kernel_shape", 3)}, 2, ""},
		"groups that do not":  {[]int64{4, 2, 3}, []*graph.Attr{graph.IntAttr("group", 3)}, 0, "group 3 does not divide the 4 output channels"},
		"no groups":           {[]int64{4, 2, 3}, []*graph.Attr{graph.IntAttr("group", 0)}, 0, "group is 0"},
		"a matrix":            {[]int64{4, 2}, nil, 0, "its weight has 2 axes"},
		"another kernel":      {[]int64{4, 2, 3}, []*graph.Attr{ints("kernel_shape", 2)}, 0, "kernel_shape is [2]"},
		"a kernel of a giant": {[]int64{4, 2, op.MaxExtent + 1}, nil, 0, "elements on an axis"},
		"its window":          {[]int64{4, 2, 3}, []*graph.Attr{ints("strides", 0)}, 0, "not positive"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := op.ReadConv(node(13, "Conv", []input{"x", "w"}, c.attrs...), c.weight)
			wantError(t, err, c.err)
			if err == nil && (got.Group != c.group || got.Kernel[0] != 3) {
				t.Errorf("%+v", got)
			}
		})
	}
}

func TestReadConvTranspose(t *testing.T) {
	read := func(attrs ...*graph.Attr) (op.ConvTranspose, error) {
		return op.ReadConvTranspose(node(13, "ConvTranspose", []input{"x", "w"}, attrs...), []int64{4, 2, 3})
	}
	got, err := read(ints("output_padding", 1), ints("output_shape", 9), graph.IntAttr("group", 2))
	if err != nil || got.Group != 2 {
		t.Errorf("group %d: %v", got.Group, err)
	}
	if diff := cmp.Diff([]any{[]int{1}, []int64{9}}, []any{got.OutputPadding, got.OutputShape}); diff != "" {
		t.Error(diff)
	}
	got, err = read()
	if diff := cmp.Diff([]any{[]int{0}, []int64(nil)}, []any{got.OutputPadding, got.OutputShape}); diff != "" || err != nil {
		t.Error(err, diff)
	}
	_, err = read(graph.IntAttr("group", 3))
	wantError(t, err, "group 3 does not divide the 4 input channels")
	_, err = read(ints("output_shape", 9, 9))
	wantError(t, err, "output_shape has 2 numbers")
	_, err = read(ints("output_padding", 9, 9))
	wantError(t, err, "output_padding has 2 numbers")
}
