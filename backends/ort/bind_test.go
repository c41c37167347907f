package ort

import (
	"runtime"
	"testing"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/tensor"
)

func bindTo(t *testing.T, s *session, in tensor.Map) backends.Bound {
	t.Helper()
	b, err := s.Bind(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestBind(t *testing.T) {
	s := open(t, engine(t), fixture("two_by_two"))
	first := bindTo(t, s, pair(1, []float32{1, 2, 3}, []float32{1, 2, 3}))
	if _, err := first.Outputs(); err == nil {
		t.Error("there are outputs before the first run")
	}
	second := bindTo(t, s, pair(2, []float32{1, 2, 3, 4, 5, 6}, []float32{1, 1, 1, 1, 1, 1}))
	if err := first.Run(); err == nil {
		t.Error("the first binding outlived the second")
	}
	if err := second.Run(); err != nil {
		t.Fatal(err)
	}
	kept, err := second.Outputs()
	if err != nil {
		t.Fatal(err)
	}
	wanted := tensor.Of([]int64{2, 3}, float32(2), 3, 4, 5, 6, 7)
	want(t, "sum", kept["sum"], wanted)
	// A plain run between bound ones disturbs neither.
	out := run(t, s, pair(1, []float32{7, 8, 9}, []float32{1, 1, 1}))
	want(t, "sum of the plain run", out["sum"], tensor.Of([]int64{1, 3}, float32(8), 9, 10))
	if err := second.Run(); err != nil {
		t.Fatal(err)
	}
	want(t, "kept copy", kept["sum"], wanted)
}

// The library holds bare pointers to the inputs and outputs, so memory that the garbage collector
// takes back gives wrong answers, not crashes.
func TestBindSurvivesGarbageCollection(t *testing.T) {
	s := open(t, engine(t), fixture("two_by_two"))
	const n = 4096
	b := bindTo(t, s, func() tensor.Map {
		a, c := make([]float32, 3*n), make([]float32, 3*n)
		for i := range a {
			a[i], c[i] = float32(i), 1
		}
		return pair(n, a, c)
	}())
	s.last = nil
	for range 4 {
		runtime.GC()
		overwrite := make([][]float32, 64)
		for i := range overwrite {
			overwrite[i] = make([]float32, 3*n+16)
			for j := range overwrite[i] {
				overwrite[i][j] = -1
			}
		}
		if err := b.Run(); err != nil {
			t.Fatal(err)
		}
		runtime.KeepAlive(overwrite)
	}
	runtime.GC()
	out, err := b.Outputs()
	if err != nil {
		t.Fatal(err)
	}
	sum, product := out["sum"].Float64s(), out["product"].Float64s()
	for i := range sum {
		if sum[i] != float64(i)+1 || product[i] != float64(i) {
			t.Fatalf("element %d is %g and %g, want %d and %d", i, sum[i], product[i], i+1, i)
		}
	}
}

func TestBoundRunAllocatesNothing(t *testing.T) {
	s := open(t, engine(t), fixture("two_by_two"))
	b := bindTo(t, s, pair(1, []float32{1, 2, 3}, []float32{1, 2, 3}))
	if n := testing.AllocsPerRun(100, func() {
		if err := b.Run(); err != nil {
			t.Error(err)
		}
	}); n != 0 {
		t.Errorf("a run allocates %g times", n)
	}
}

func TestBindEmptyBatch(t *testing.T) {
	s := open(t, engine(t), fixture("two_by_two"))
	b := bindTo(t, s, pair(0, nil, nil))
	if err := b.Run(); err != nil {
		t.Fatal(err)
	}
	out, err := b.Outputs()
	if err != nil {
		t.Fatal(err)
	}
	want(t, "sum", out["sum"], tensor.Of[float32]([]int64{0, 3}))
}

func BenchmarkBoundRun(b *testing.B) {
	o := New()
	if err := o.Check(b.Context()); err != nil {
		b.Skip(err)
	}
	s, err := o.Open(b.Context(), fixture("two_by_two"), backends.Tuning{})
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	bound, err := s.(*session).Bind(b.Context(), pair(1, []float32{1, 2, 3}, []float32{1, 2, 3}))
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if err := bound.Run(); err != nil {
			b.Fatal(err)
		}
	}
}

func TestBoundRunGivesTheAnswersOfRun(t *testing.T) {
	models := trained(t)
	o := engine(t)
	o.Threads = 2
	o.Session = map[string]string{"session.force_spinning_stop": "1"}
	s := open(t, o, resnet20(models))
	in, _ := images(t, models)
	few := tensor.Of([]int64{3, 3, 32, 32}, func() []float32 {
		part := make([]float32, 3*3*32*32)
		for i, v := range in["input"].Float64s()[:len(part)] {
			part[i] = float32(v)
		}
		return part
	}()...)
	out := run(t, s, tensor.Map{"input": few})
	b := bindTo(t, s, tensor.Map{"input": few})
	if err := b.Run(); err != nil {
		t.Fatal(err)
	}
	again, err := b.Outputs()
	if err != nil {
		t.Fatal(err)
	}
	want(t, "logits", again["logits"], out["logits"])
}
