package ort

import (
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/tensor"
)

func TestRunEveryType(t *testing.T) {
	s := open(t, engine(t), fixture("every_type"))
	shape := []int64{1, 2}
	half, err := tensor.New(tensor.Float16, shape, []byte{0, 0x3c, 0, 0xc0})
	if err != nil {
		t.Fatal(err)
	}
	brain, err := tensor.New(tensor.BFloat16, shape, []byte{0x80, 0x3f, 0, 0xc0})
	if err != nil {
		t.Fatal(err)
	}
	words, err := tensor.NewStrings(shape, []string{"ré", ""})
	if err != nil {
		t.Fatal(err)
	}
	in := tensor.Map{
		"in_float": tensor.Of(shape, float32(1.5), -2), "in_double": tensor.Of(shape, 1e300, -2),
		"in_int8": tensor.Of(shape, int8(-128), 1), "in_int16": tensor.Of(shape, int16(-3e4), 1),
		"in_int32": tensor.Of(shape, int32(-2e9), 1), "in_int64": tensor.Of(shape, int64(-9e18), 1),
		"in_uint8": tensor.Of(shape, uint8(255), 1), "in_uint16": tensor.Of(shape, uint16(65535), 1),
		"in_uint32": tensor.Of(shape, uint32(4e9), 1), "in_uint64": tensor.Of(shape, uint64(18e18), 1),
		"in_bool": tensor.Of(shape, true, false), "in_float16": half, "in_bfloat16": brain, "in_string": words,
	}
	out := run(t, s, in)
	if len(out) != len(in) {
		t.Errorf("%d outputs for %d inputs", len(out), len(in))
	}
	for name, x := range in {
		want(t, name, out[strings.Replace(name, "in_", "out_", 1)], x)
	}
}

func TestRunFloat16OfUndeclaredShape(t *testing.T) {
	s := open(t, engine(t), fixture("half_hidden"))
	for _, shape := range [][]int64{{1, 3}, {2, 3}, {3, 1}} {
		raw := make([]byte, 2*shape[0]*shape[1])
		for i := range raw {
			raw[i] = byte(i / 2)
		}
		x, err := tensor.New(tensor.Float16, shape, raw)
		if err != nil {
			t.Fatal(err)
		}
		out := run(t, s, tensor.Map{"x": x})
		twice, err := tensor.New(tensor.Float16, []int64{2 * shape[0], shape[1]}, append(append([]byte{}, raw...), raw...))
		if err != nil {
			t.Fatal(err)
		}
		want(t, "z", out["z"], twice)
		if got := tensor.FormatShape(out["y"].Shape()); got != tensor.FormatShape([]int64{shape[1], shape[0]}) {
			t.Errorf("y has shape %s", got)
		}
	}
}

func TestRunScalars(t *testing.T) {
	model := fixture("scalars")
	model.Inputs = []tensor.Spec{
		{Name: "x", Type: tensor.Float32, Ranked: true, Shape: []tensor.Dim{{Size: -1, Param: "N"}}},
		{Name: "factor", Type: tensor.Float32, Ranked: true},
	}
	model.Outputs = []tensor.Spec{
		{Name: "total", Type: tensor.Float32, Ranked: true},
		{Name: "scaled", Type: tensor.Float32, Ranked: true, Shape: []tensor.Dim{{Size: -1, Param: "N"}}},
	}
	s := open(t, engine(t), model)
	in := tensor.Map{"x": tensor.Of([]int64{2}, float32(1), 2), "factor": tensor.Of(nil, float32(3))}
	out := run(t, s, in)
	want(t, "total", out["total"], tensor.Of(nil, float32(9)))
	bound, err := s.Bind(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	if err := bound.Run(); err != nil {
		t.Fatal(err)
	}
	if out, err = bound.Outputs(); err != nil {
		t.Fatal(err)
	}
	want(t, "total", out["total"], tensor.Of(nil, float32(9)))
}

func TestRunShapeFromValues(t *testing.T) {
	s := open(t, engine(t), fixture("nonzero"))
	out := run(t, s, tensor.Map{"x": tensor.Of([]int64{4}, float32(0), 1, 0, 2)})
	want(t, "where", out["where"], tensor.Of([]int64{1, 2}, int64(1), 3))
	out = run(t, s, tensor.Map{"x": tensor.Of([]int64{2}, float32(0), 0)})
	want(t, "where", out["where"], tensor.Of[int64]([]int64{1, 0}))
}
