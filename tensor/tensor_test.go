package tensor

import (
	"slices"
	"strings"
	"testing"
)

func TestNewRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		typ   Type
		shape []int64
		raw   int
		want  string
	}{
		"negative":  {Float32, []int64{2, -1}, 0, "negative"},
		"overflow":  {Float32, []int64{1 << 40, 1 << 40}, 0, "overflows"},
		"hidden":    {Float32, []int64{0, -3}, 0, "negative"},
		"short":     {Float32, []int64{2}, 7, "needs 8 bytes, and has 7"},
		"long":      {Int4, []int64{3}, 3, "needs 2 bytes, and has 3"},
		"strings":   {String, []int64{1}, 1, "no fixed width"},
		"undefined": {Undefined, []int64{1}, 1, "no fixed width"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := New(c.typ, c.shape, make([]byte, c.raw))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

func TestInt64s(t *testing.T) {
	got, ok := Of([]int64{2}, int32(-1), 1<<30).Int64s()
	if !ok || !slices.Equal(got, []int64{-1, 1 << 30}) {
		t.Errorf("got %v", got)
	}
	if _, ok := Of([]int64{1}, uint64(1<<63)).Int64s(); ok {
		t.Error("2⁶³ fits int64")
	}
	if _, ok := Of([]int64{1}, 1.0).Int64s(); ok {
		t.Error("a float counts as an integer")
	}
}

func TestHolds(t *testing.T) {
	floats := []Type{Float16, BFloat16, Float32, Float64}
	for i, to := range floats {
		for k, from := range floats {
			want := i == k || i > max(k, 1)
			if got := to.Holds(from); got != want {
				t.Errorf("%s holds %s: %v", to, from, got)
			}
		}
		if to.Holds(Int32) || Int64.Holds(to) {
			t.Errorf("%s and integers hold each other", to)
		}
	}
}

func TestRounded(t *testing.T) {
	third := Compute(Float32, []int64{1}, Vector{1.0 / 3})
	got, ok := third.Rounded()
	if !ok || got.Computed() || got.Float64s()[0] != float64(float32(1.0/3)) {
		t.Errorf("got %v", got)
	}
	if _, ok := Compute(Float16, []int64{1}, Vector{1e6}).Rounded(); ok {
		t.Error("10⁶ fits float16")
	}
}

func TestIsAll(t *testing.T) {
	for name, c := range map[string]struct {
		t      *Tensor
		number float64
		want   bool
	}{
		"ones":     {Of([]int64{2}, float32(1), 1), 1, true},
		"zeros":    {Of([]int64{2}, int64(0), 0), 0, true},
		"signs":    {Of([]int64{2}, float32(1), -1), 1, false},
		"one zero": {Of([]int64{2}, float32(1), 0), 1, false},
		"other":    {Of([]int64{1}, float32(1)), 0, false},

		"no element": {Of([]int64{0}, []float32{}...), 0, false},
		"absent":     {nil, 0, false},
	} {
		if got := c.t.IsAll(c.number); got != c.want {
			t.Errorf("%s is all %v: %v", name, c.number, got)
		}
	}
}

// TestNewWatched tells what is read of the bytes, by every way to read them.
func TestNewWatched(t *testing.T) {
	told := 0
	x, err := NewWatched(Float32, []int64{4, 1 << 18}, make([]byte, 4<<20), func(bytes int) { told += bytes })
	if err != nil {
		t.Fatal(err)
	}
	shaped, err := x.Reshape([]int64{1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	for name, read := range map[string]func(){
		"the largest magnitude": func() { x.MaxAbs() },
		"rows":                  func() { x.Float64s() },
		"rows of another shape": func() { shaped.Float64s() },
		"bytes":                 func() { _, _ = x.Bytes() },
		"a recipe":              func() { _, _ = Compute(Float32, x.Shape(), x).Bytes() },
	} {
		told = 0
		read()
		if told != 4<<20 {
			t.Errorf("%s: told of %d bytes, want %d", name, told, 4<<20)
		}
	}
}
