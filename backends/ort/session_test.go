package ort

import (
	"context"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/tensor"
)

func pair(n int64, a, b []float32) tensor.Map {
	return tensor.Map{"a": tensor.Of([]int64{n, 3}, a...), "b": tensor.Of([]int64{n, 3}, b...)}
}

func TestRunTwoInputsTwoOutputs(t *testing.T) {
	s := open(t, engine(t), fixture("two_by_two"))
	out := run(t, s, pair(1, []float32{1, 2, 3}, []float32{10, 20, 30}))
	want(t, "sum", out["sum"], tensor.Of([]int64{1, 3}, float32(11), 22, 33))
	want(t, "product", out["product"], tensor.Of([]int64{1, 3}, float32(10), 40, 90))
}

func TestRunDynamicBatch(t *testing.T) {
	s := open(t, engine(t), fixture("two_by_two"))
	for _, n := range []int64{2, 0, 5} {
		ones := make([]float32, 3*n)
		for i := range ones {
			ones[i] = 1
		}
		out := run(t, s, pair(n, ones, ones))
		want(t, "product", out["product"], tensor.Of([]int64{n, 3}, ones...))
	}
}

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

func TestRunExternalData(t *testing.T) {
	s := open(t, engine(t), fixture("external"))
	out := run(t, s, tensor.Map{"x": tensor.Of([]int64{1, 3}, float32(1), 10, 100)})
	want(t, "y", out["y"], tensor.Of([]int64{1, 2}, float32(420), 531))
}

func TestRunRefuses(t *testing.T) {
	s := open(t, engine(t), fixture("two_by_two"))
	good := pair(1, []float32{1, 2, 3}, []float32{1, 2, 3})
	tests := map[string]struct {
		change map[string]*tensor.Tensor
		want   string
	}{
		"missing":      {map[string]*tensor.Tensor{"b": nil}, "input b is missing"},
		"unknown_name": {map[string]*tensor.Tensor{"sums": good["a"]}, `input "sums" is not known; the model takes a, b`},
		"wrong_type":   {map[string]*tensor.Tensor{"a": tensor.Of([]int64{1, 3}, 1.0, 2, 3)}, "input a is double[1,3], the model takes float[?,3] a"},
		"wrong_rank":   {map[string]*tensor.Tensor{"a": tensor.Of([]int64{3}, float32(1), 2, 3)}, "input a is float[3], the model takes float[?,3] a"},
		"wrong_size":   {map[string]*tensor.Tensor{"a": tensor.Of([]int64{1, 2}, float32(1), 2)}, "input a is float[1,2], the model takes float[?,3] a"},
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

func TestOpenRefuses(t *testing.T) {
	o := engine(t)
	garbage := filepath.Join(t.TempDir(), "garbage.onnx")
	if err := os.WriteFile(garbage, []byte("not a model"), 0o644); err != nil {
		t.Fatal(err)
	}
	for name, path := range map[string]string{"absent": "testdata/absent.onnx", "garbage": garbage} {
		model := fixture("two_by_two")
		model.Path = path
		if _, err := o.Open(t.Context(), model, backends.Tuning{}); err == nil || !strings.HasPrefix(err.Error(), "open two_by_two in onnxruntime: ") {
			t.Errorf("%s: error is %v", name, err)
		}
	}
	packed := fixture("two_by_two")
	packed.Inputs = []tensor.Spec{{Name: "a", Type: tensor.Int4}}
	packed.Outputs = []tensor.Spec{{Name: "sum", Type: tensor.Float32}}
	if _, err := o.Open(t.Context(), packed, backends.Tuning{}); err == nil || !strings.Contains(err.Error(), "input a: onnxruntime cannot be handed a value of type int4") {
		t.Errorf("int4: error is %v", err)
	}
}

func TestRunCancelled(t *testing.T) {
	s := open(t, engine(t), fixture("loop"))
	eye := make([]float32, 32*32)
	for i := range 32 {
		eye[33*i] = 1
	}
	in := func(trips int64) tensor.Map {
		return tensor.Map{"trips": tensor.Of([]int64{1}, trips), "m": tensor.Of([]int64{32, 32}, eye...), "eye": tensor.Of([]int64{32, 32}, eye...)}
	}
	ctx, cancel := context.WithCancel(t.Context())
	timer := time.AfterFunc(50*time.Millisecond, cancel)
	defer timer.Stop()
	// So many trips take hours.
	if _, err := s.Run(ctx, in(1<<40)); !errors.Is(err, context.Canceled) {
		t.Errorf("error is %v, want %v", err, context.Canceled)
	}
	want(t, "out of the next run", run(t, s, in(3))["out"], tensor.Of([]int64{32, 32}, eye...))
	if _, err := s.Run(ctx, in(1)); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled beforehand: error is %v", err)
	}
}

func TestTwoSessionsAtOnce(t *testing.T) {
	o := engine(t)
	one, two := open(t, o, fixture("two_by_two")), open(t, o, fixture("nonzero"))
	done := make(chan error)
	go func() {
		for range 100 {
			if _, err := two.Run(context.Background(), tensor.Map{"x": tensor.Of([]int64{2}, float32(1), 0)}); err != nil {
				done <- err
				return
			}
		}
		done <- nil
	}()
	for range 100 {
		out := run(t, one, pair(1, []float32{1, 2, 3}, []float32{1, 2, 3}))
		want(t, "sum", out["sum"], tensor.Of([]int64{1, 3}, float32(2), 4, 6))
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestCloseTwice(t *testing.T) {
	o := engine(t)
	s, err := o.Open(t.Context(), fixture("two_by_two"), backends.Tuning{})
	if err != nil {
		t.Fatal(err)
	}
	in := pair(1, []float32{1, 2, 3}, []float32{1, 2, 3})
	b, err := s.(*session).Bind(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
	if _, err := s.Run(t.Context(), in); err == nil {
		t.Error("a closed session ran")
	}
	if err := b.Run(); err == nil {
		t.Error("a bound run of a closed session ran")
	}
	if _, err := s.(*session).Plan(); err == nil {
		t.Error("a closed session gave a plan")
	}
}
