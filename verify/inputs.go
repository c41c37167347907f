package verify

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/acdeploy/acdeploy/tensor"
)

// maxInputBytes bounds one generated input of a model.
const maxInputBytes = 1 << 30

// Generate makes inputs for a model, the same ones from the same seed on every machine. They take
// turns in what they reveal:
//
//   - two images of normal noise, mean 0 and variance 1;
//   - one image that is zero but for normal noise along its borders, where paddings and crops show;
//   - one image of ones, where every sum of weights shows.
//
// Integers are 0 to 9, bytes 0 to 255. An open first dimension is the batch. Any other open dimension
// takes its size from sizes, by its symbol or, without one, by input and axis: "mask.1".
func Generate(inputs []tensor.Spec, samples int, seed uint64, sizes map[string]int64) ([]tensor.Map, error) {
	made := make([]tensor.Map, 0, min(samples, 64))
	for i := range samples {
		kind := pattern(i % patterns)
		rng := rand.New(rand.NewPCG(seed, uint64(i)))
		m := tensor.Map{}
		for _, spec := range inputs {
			t, err := generate(spec, kind, rng, sizes)
			if err != nil {
				return nil, fmt.Errorf("make input %q: %w", spec.Name, err)
			}
			m[spec.Name] = t
		}
		made = append(made, m)
	}
	return made, nil
}

// Drawn is the inputs of [Generate] that are normal noise: those to run where each part of a model is run over borders and
// ones of its own.
func Drawn(inputs []tensor.Map) []tensor.Map {
	var drawn []tensor.Map
	for i := 0; i < len(inputs); i += patterns {
		drawn = append(drawn, inputs[i])
	}
	return drawn
}

// pattern is what a generated input looks like.
type pattern int

const (
	noise pattern = iota
	border
	ones
	patterns = 3 // in turns
)

func (p pattern) batch() int64 {
	if p == noise {
		return 2
	}
	return 1
}

func generate(spec tensor.Spec, p pattern, rng *rand.Rand, sizes map[string]int64) (*tensor.Tensor, error) {
	shape, err := settle(spec, p.batch(), sizes)
	if err != nil {
		return nil, err
	}
	n, err := tensor.Count(shape)
	if err != nil {
		return nil, err
	}
	if spec.Type.ByteSize(n) > maxInputBytes {
		return nil, fmt.Errorf("%s[%s] takes more than %d bytes", spec.Type, tensor.FormatShape(shape), maxInputBytes)
	}
	raw := make([]byte, 0, spec.Type.ByteSize(n))
	for i := range n {
		switch {
		case spec.Type.IsFloat():
			raw = appendFloat(raw, spec.Type, p.value(i, shape, rng))
		case spec.Type.IsInteger() || spec.Type == tensor.Bool:
			raw = appendInteger(raw, spec.Type, rng)
		default:
			return nil, fmt.Errorf("no values can be made of type %s; give the inputs as data", spec.Type)
		}
	}
	return tensor.New(spec.Type, shape, raw)
}

// settle gives every open dimension its size.
func settle(spec tensor.Spec, batch int64, sizes map[string]int64) ([]int64, error) {
	if !spec.Ranked {
		return nil, fmt.Errorf("the model declares no shape for it; give the inputs as data")
	}
	shape := make([]int64, len(spec.Shape))
	for axis, d := range spec.Shape {
		symbol := d.Param
		if symbol == "" {
			symbol = fmt.Sprintf("%s.%d", spec.Name, axis)
		}
		size, given := sizes[symbol]
		switch {
		case d.Size >= 0:
			shape[axis] = d.Size
		case given:
			shape[axis] = size
		case axis == 0:
			shape[axis] = batch
		default:
			return nil, fmt.Errorf("dimension %d is open; give its size with --shape %s=…", axis, symbol)
		}
	}
	return shape, nil
}

// value is the i-th element of a pattern. Every element takes one number from rng, so that patterns
// of one seed agree where both are noise.
func (p pattern) value(i int, shape []int64, rng *rand.Rand) float64 {
	v := rng.NormFloat64()
	switch {
	case p == ones:
		return 1
	case p == border && !onBorder(i, shape):
		return 0
	}
	return v
}

// onBorder reports whether element i lies on the edge of the last one or two axes that are spatial,
// that is, after batch and channels.
func onBorder(i int, shape []int64) bool {
	for axis := len(shape) - 1; axis >= 2; axis-- {
		size := int(shape[axis])
		if at := i % size; at == 0 || at == size-1 {
			return true
		}
		i /= size
	}
	return len(shape) < 3
}

func appendFloat(raw []byte, t tensor.Type, v float64) []byte {
	switch t {
	case tensor.Float64:
		return binary.LittleEndian.AppendUint64(raw, math.Float64bits(v))
	case tensor.Float16:
		return binary.LittleEndian.AppendUint16(raw, tensor.Float64ToFloat16(v))
	case tensor.BFloat16:
		return binary.LittleEndian.AppendUint16(raw, tensor.Float64ToBFloat16(v))
	}
	return binary.LittleEndian.AppendUint32(raw, math.Float32bits(float32(v)))
}

// appendInteger draws an integer. Small ones are likely to be legal as an index or a token.
func appendInteger(raw []byte, t tensor.Type, rng *rand.Rand) []byte {
	v := uint64(rng.IntN(10))
	switch t {
	case tensor.Bool:
		v %= 2
	case tensor.Uint8:
		v = uint64(rng.IntN(256))
	}
	var word [8]byte
	binary.LittleEndian.PutUint64(word[:], v)
	return append(raw, word[:t.Bits()/8]...)
}
