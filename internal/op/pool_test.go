package op_test

import (
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/op"
)

func TestReadPool(t *testing.T) {
	read := func(attrs ...*graph.Attr) (op.Pool, error) {
		return op.ReadPool(node(13, "AveragePool", []input{"x"}, attrs...))
	}
	got, err := read(ints("kernel_shape", 3, 2), ints("pads", 1, 0, 0, 0))
	if err != nil || got.CeilMode || got.CountIncludePad || got.Kernel[1] != 2 || got.Begin[0] != 1 {
		t.Errorf("%+v: %v", got, err)
	}
	got, err = read(ints("kernel_shape", 3), graph.IntAttr("ceil_mode", 1), graph.IntAttr("count_include_pad", 1))
	if err != nil || !got.CeilMode || !got.CountIncludePad {
		t.Errorf("%+v: %v", got, err)
	}
	_, err = read()
	wantError(t, err, "kernel_shape is absent")
	_, err = read(ints("kernel_shape"))
	wantError(t, err, "it has no kernel_shape")
	_, err = read(ints("kernel_shape", -1))
	wantError(t, err, "-1 elements on an axis")
	_, err = read(ints("kernel_shape", 3), ints("strides", 1, 1))
	wantError(t, err, "strides has 2 numbers")
}
