package model

import (
	"encoding/binary"
	"math"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/tensor"
)

// One number of each kind in each type, by the bits that IEEE 754 gives it.
func TestWeightsThatAreNotNormalAreCounted(t *testing.T) {
	le := binary.LittleEndian
	m := graph.NewModel(8, graph.Opset{Version: 13})
	add := func(name string, typ tensor.Type, raw []byte, n int64) {
		data, err := tensor.New(typ, []int64{n}, raw)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := m.Graph.AddInitializer(name, data); err != nil {
			t.Fatal(err)
		}
	}
	var single, double, half, brain []byte
	for _, v := range []float64{1, 0, math.Copysign(0, -1), 1e-40, -1e-40, math.NaN(), math.Inf(1)} {
		single = le.AppendUint32(single, math.Float32bits(float32(v)))
	}
	for _, v := range []float64{1, 1e-40, 5e-324, math.Inf(-1)} { // 1e-40 is normal here
		double = le.AppendUint64(double, math.Float64bits(v))
	}
	for _, bits := range []uint16{0x3c00, 0x0001, 0x83ff, 0x7c00, 0x7e00, 0x0400} {
		half = le.AppendUint16(half, bits)
	}
	for _, bits := range []uint16{0x3f80, 0x0001, 0x7f80, 0x7fc0, 0x0080} {
		brain = le.AppendUint16(brain, bits)
	}
	add("single", tensor.Float32, single, 7)
	add("double", tensor.Float64, double, 4)
	add("half", tensor.Float16, half, 6)
	add("brain", tensor.BFloat16, brain, 5)
	add("integers", tensor.Int64, make([]byte, 8), 1)
	got, err := countWeights(m)
	if err != nil {
		t.Fatal(err)
	}
	if want := (Weights{Values: 22, Subnormal: 2 + 1 + 2 + 1, NaN: 3, Inf: 4}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}
