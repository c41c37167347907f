package ort

import (
	"context"
	"errors"
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

func TestRunExternalData(t *testing.T) {
	s := open(t, engine(t), fixture("external"))
	out := run(t, s, tensor.Map{"x": tensor.Of([]int64{1, 3}, float32(1), 10, 100)})
	want(t, "y", out["y"], tensor.Of([]int64{1, 2}, float32(420), 531))
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
	if _, err := o.Open(t.Context(), packed, backends.Tuning{}); err == nil || !strings.Contains(err.Error(), "input a: acdeploy cannot pass a value of type int4") {
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
	if _, err := s.(*session).Plan(t.Context()); err == nil {
		t.Error("a closed session gave a plan")
	}
}
