package worker

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/tensor"
)

// inputsOf is the inputs that were given, or else such as are made.
func inputsOf(given tensor.Map, inputs []Input, seed uint64) (tensor.Map, error) {
	if len(given) > 0 {
		return given, nil
	}
	return makeInputs(inputs, seed)
}

// taken are the inputs that a model declares, of those that are for several models.
func taken(m backends.Model, inputs tensor.Map) tensor.Map {
	of := tensor.Map{}
	for _, s := range m.Inputs {
		if t := inputs[s.Name]; t != nil {
			of[s.Name] = t
		}
	}
	return of
}

// makeInputs makes the same non-zero tensors from the same seed.
func makeInputs(inputs []Input, seed uint64) (tensor.Map, error) {
	made := tensor.Map{}
	rng := rand.New(rand.NewPCG(seed, 0x696e70757473))
	for _, in := range inputs {
		t, err := makeInput(in, rng)
		if in.Range != nil {
			t, err = tensor.Uniform(in.Type, in.Shape, in.Range[0], in.Range[1], rng)
		}
		if err != nil {
			return nil, fmt.Errorf("make input %q: %w", in.Name, err)
		}
		made[in.Name] = t
	}
	return made, nil
}

// makeInput draws floats of either sign with magnitudes from 0.05 to 1, so that none is zero or
// subnormal; small positive integers; and ones where an integer may be an index.
func makeInput(in Input, rng *rand.Rand) (*tensor.Tensor, error) {
	n, err := tensor.Count(in.Shape)
	if err != nil {
		return nil, err
	}
	raw := make([]byte, 0, in.Type.ByteSize(n))
	le := binary.LittleEndian
	for range n {
		v := 0.05 + 0.95*rng.Float64()
		if rng.IntN(2) == 0 {
			v = -v
		}
		switch in.Type {
		case tensor.Float32:
			raw = le.AppendUint32(raw, math.Float32bits(float32(v)))
		case tensor.Float64:
			raw = le.AppendUint64(raw, math.Float64bits(v))
		case tensor.Float16:
			raw = le.AppendUint16(raw, tensor.Float64ToFloat16(v))
		case tensor.BFloat16:
			raw = le.AppendUint16(raw, tensor.Float64ToBFloat16(v))
		case tensor.Uint8, tensor.Int8:
			raw = append(raw, byte(1+rng.IntN(127)))
		case tensor.Bool:
			raw = append(raw, 1)
		case tensor.Uint16, tensor.Int16:
			raw = le.AppendUint16(raw, 1)
		case tensor.Uint32, tensor.Int32:
			raw = le.AppendUint32(raw, 1)
		case tensor.Uint64, tensor.Int64:
			raw = le.AppendUint64(raw, 1)
		default:
			return nil, fmt.Errorf("no values can be made of type %s", in.Type)
		}
	}
	return tensor.New(in.Type, in.Shape, raw)
}
