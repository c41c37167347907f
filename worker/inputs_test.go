package worker

import (
	"math"
	"slices"
	"testing"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/tensor"
)

// TestTaken hands each model the inputs that it declares.
func TestTaken(t *testing.T) {
	all := tensor.Map{"x": tensor.Of([]int64{1}, float32(1)), "y": tensor.Of([]int64{1}, float32(2))}
	own := taken(backends.Model{Inputs: []tensor.Spec{{Name: "y"}, {Name: "z"}}}, all)
	if len(own) != 1 || own["y"] != all["y"] {
		t.Errorf("got %v", own)
	}
}

func TestMakeInputs(t *testing.T) {
	types := []tensor.Type{
		tensor.Float32, tensor.Float64, tensor.Float16, tensor.BFloat16, tensor.Int8, tensor.Uint8, tensor.Bool,
		tensor.Int16, tensor.Uint16, tensor.Int32, tensor.Uint32, tensor.Int64, tensor.Uint64,
	}
	for _, typ := range types {
		in := []Input{{Name: "x", Type: typ, Shape: []int64{2, 50}}}
		made, err := makeInputs(in, 5)
		if err != nil {
			t.Fatal(err)
		}
		again, _ := makeInputs(in, 5)
		other, _ := makeInputs(in, 6)
		x, y := made["x"].Float64s(), again["x"].Float64s()
		if len(x) != 100 || !slices.Equal(x, y) {
			t.Errorf("%s: the same seed gives other values", typ)
		}
		random := typ.IsFloat() || typ == tensor.Int8 || typ == tensor.Uint8
		if random && slices.Equal(x, other["x"].Float64s()) {
			t.Errorf("%s: another seed gives the same values", typ)
		}
		for _, v := range x {
			if v == 0 || math.IsNaN(v) || math.Abs(v) > 128 {
				t.Fatalf("%s: value %v", typ, v)
			}
		}
	}
	ids, err := makeInputs([]Input{{Name: "ids", Type: tensor.Int64, Shape: []int64{1000}, Range: &[2]float64{0, 9}}}, 1)
	if v := ids["ids"].Float64s(); err != nil || slices.Min(v) != 0 || slices.Max(v) != 9 {
		t.Errorf("from 0 to 9: %v, %v", v, err)
	}
	if _, err := makeInputs([]Input{{Name: "s", Type: tensor.String, Shape: []int64{1}}}, 1); err == nil {
		t.Error("strings were made")
	}
}
