package onnx_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"runtime"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/onnx"
	"github.com/acdeploy/acdeploy/tensor"
)

// ramp computes another number in each element; in a row of its own it does what else is wanted.
type ramp struct {
	at int
	do func(dst []float64)
}

func (r ramp) Row(dst []float64, row int) {
	for i := range dst {
		dst[i] = math.Sin(float64(row*len(dst) + i))
	}
	if r.do != nil && row == r.at {
		r.do(dst)
	}
}

func (r ramp) MaxAbs() float64 { return 1 }

// wide is a recipe of several batches.
func wide(r ramp) *tensor.Tensor { return tensor.Compute(tensor.Float32, []int64{1500, 1000}, r) }

// mixed is a model of small and large tensors, of bytes and of recipes, that has tensors called wide0, wide1 …
func mixed(t *testing.T, recipes ...ramp) *graph.Model {
	t.Helper()
	m := decode(t, small())
	for i, r := range recipes {
		m.Graph.NewInitializer(fmt.Sprint("large", i), tensor.Of([]int64{300000}, make([]float32, 300000)...))
		m.Graph.NewInitializer(fmt.Sprint("wide", i), wide(r))
		m.Graph.NewInitializer(fmt.Sprint("narrow", i), tensor.Compute(tensor.Float16, []int64{7, 3}, ramp{}))
		m.Graph.NewInitializer(fmt.Sprint("half", i), tensor.Compute(tensor.Float16, []int64{3, 500000}, ramp{})) // a row is more than a batch
	}
	return m
}

// processors lets so many goroutines run at once until the test ends.
func processors(t *testing.T, n int) {
	t.Helper()
	before := runtime.GOMAXPROCS(n)
	t.Cleanup(func() { runtime.GOMAXPROCS(before) })
}

// TestBatchesAreWrittenInOrder has the same file for any number of goroutines, with the bytes of every tensor.
func TestBatchesAreWrittenInOrder(t *testing.T) {
	m := mixed(t, ramp{}, ramp{})
	var first bytes.Buffer
	for _, n := range []int{1, 2, 3, 16} {
		processors(t, n)
		var file bytes.Buffer
		if _, err := onnx.Encode(&file, m); err != nil {
			t.Fatal(err)
		}
		if n == 1 {
			first = file
		}
		if !bytes.Equal(file.Bytes(), first.Bytes()) {
			t.Errorf("with %d goroutines the file is another one", n)
		}
	}
	got, err := onnx.Decode(first.Bytes(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for v := range m.Graph.Initializers() {
		want, err := v.Data().Bytes()
		if err != nil {
			t.Fatal(err)
		}
		if have, err := got.Graph.Lookup(v.Name()).Data().Bytes(); err != nil || !bytes.Equal(have, want) {
			t.Errorf("%s has other bytes in the file: %v", v.Name(), err)
		}
	}
}

// TestBatchesTellTheFirstError names the tensor and the row that comes first in the file, whichever is found first.
func TestBatchesTellTheFirstError(t *testing.T) {
	overflow := func(dst []float64) { dst[3] = 1e300 }
	for range 20 {
		_, err := onnx.Encode(io.Discard, mixed(t, ramp{}, ramp{1499, overflow}, ramp{0, overflow}))
		if err == nil || !strings.HasPrefix(err.Error(), `tensor "wide1": row 1499: 1e+300 does not fit float`) {
			t.Fatalf("got %v", err)
		}
	}
}

// TestBatchesEndWithTheWriter ends every goroutine when nothing more can be written.
func TestBatchesEndWithTheWriter(t *testing.T) {
	full := errors.New("full")
	before := runtime.NumGoroutine()
	for room := range 12 {
		w := &limited{left: room << 18, err: full}
		if _, err := onnx.Encode(w, mixed(t, ramp{}, ramp{}, ramp{})); !errors.Is(err, full) {
			t.Errorf("after %d bytes: %v", room<<18, err)
		}
	}
	if now := runtime.NumGoroutine(); now > before {
		t.Errorf("%d goroutines are left, and were %d", now, before)
	}
}

// TestBatchesEndWithAPanicOfTheWriter ends every goroutine when the writer panics, as one does that reads a mapped file which became
// shorter.
func TestBatchesEndWithAPanicOfTheWriter(t *testing.T) {
	before := runtime.NumGoroutine()
	for room := range 12 {
		func() {
			defer func() {
				if got := recover(); got != "cut off" {
					t.Errorf("after %d bytes: recovered %v", room<<18, got)
				}
			}()
			_, err := onnx.Encode(panicking{&limited{left: room << 18, err: errors.New("full")}}, mixed(t, ramp{}, ramp{}, ramp{}))
			t.Errorf("after %d bytes: written, %v", room<<18, err)
		}()
	}
	if now := runtime.NumGoroutine(); now > before {
		t.Errorf("%d goroutines are left, and were %d", now, before)
	}
}

// panicking panics where another writer fails.
type panicking struct{ *limited }

func (p panicking) Write(b []byte) (int, error) {
	n, err := p.limited.Write(b)
	if err != nil {
		panic("cut off")
	}
	return n, nil
}

// limited takes so many bytes.
type limited struct {
	left int
	err  error
}

func (l *limited) Write(p []byte) (int, error) {
	if len(p) > l.left {
		return 0, l.err
	}
	l.left -= len(p)
	return len(p), nil
}

// TestBatchesPanicWhereTheyAreWritten hands on what a recipe panics with, so that whoever writes can deal with it.
func TestBatchesPanicWhereTheyAreWritten(t *testing.T) {
	defer func() {
		if got := recover(); got != "lost" {
			t.Errorf("recovered %v", got)
		}
	}()
	_, err := onnx.Encode(io.Discard, mixed(t, ramp{700, func([]float64) { panic("lost") }}))
	t.Errorf("written: %v", err)
}
