package eval_test

import (
	"testing"

	"github.com/acdeploy/acdeploy/tensor"
)

func TestCast(t *testing.T) {
	agree(t, map[string]example{
		"fractions to integers": {13, "Cast", of(floats(1.5, -1.5, 2)), to(tensor.Int32), 0},
		"fractions to bool":     {13, "Cast", of(floats(0.5, 0, -2)), to(tensor.Bool), 0},
		"integers to narrow":    {13, "Cast", of(ints(-128, 127)), to(tensor.Int8), 0},
		"integers to unsigned":  {13, "Cast", of(ints(0, 65535)), to(tensor.Uint16), 0},
		"bytes to numbers":      {13, "Cast", of(tensor.Of([]int64{2}, uint8(0), 255)), to(tensor.Float32), 0},
		"a half to a double":    {13, "Cast", of(tensor.Of([]int64{2}, 0.5, 3.0)), to(tensor.Float32), 0},
	})
	left(t, map[string]example{
		"below an unsigned type":   {13, "Cast", of(ints(-1)), to(tensor.Uint8), 0},
		"past a narrow type":       {13, "Cast", of(ints(128)), to(tensor.Int8), 0},
		"past all unsigned ones":   {13, "Cast", of(floats(-1)), to(tensor.Uint64), 0},
		"to a type that is packed": {21, "Cast", of(ints(1)), to(tensor.Int4), 0},
	})
}

// TestBitCast reads the bits of 1 as an integer, and back.
func TestBitCast(t *testing.T) {
	m, n := example{26, "BitCast", of(floats(1)), to(tensor.Int32), 0}.build()
	got, _, ok := evaluator(m).Result(n, 0)
	if !ok {
		t.Fatal("it is not computed")
	}
	compare(t, got, int32s(0x3f800000))
	left(t, map[string]example{
		"of another width":    {26, "BitCast", of(floats(1)), to(tensor.Int64), 0},
		"of what is computed": {26, "BitCast", of(tensor.Compute(tensor.Float32, []int64{1}, tensor.Vector{1})), to(tensor.Int32), 0},
	})
}

// TestIntegerWidths: a sum that does not fit its type stays, as runtimes need not agree.
func TestIntegerWidths(t *testing.T) {
	byte2 := func(a, b uint8) *tensor.Tensor { return tensor.Of([]int64{2}, a, b) }
	agree(t, map[string]example{
		"bytes": {14, "Add", of(byte2(1, 250), byte2(2, 5)), nil, 0},
		"int16": {14, "Mul", of(tensor.Of([]int64{1}, int16(-200)), tensor.Of([]int64{1}, int16(100))), nil, 0},
	})
	left(t, map[string]example{
		"bytes past 255":   {14, "Add", of(byte2(1, 250), byte2(2, 6)), nil, 0},
		"bytes below zero": {14, "Sub", of(byte2(1, 1), byte2(2, 0)), nil, 0},
	})
}
