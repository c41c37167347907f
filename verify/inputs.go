package verify

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/internal/dims"
	"github.com/acdeploy/acdeploy/tensor"
)

// maxInputBytes bounds one generated input of a model.
const maxInputBytes = 1 << 30

// Generate makes inputs for a model, the same ones from the same seed on every machine. They take turns in what they
// reveal:
//
//   - two images: one of normal noise, mean 0 and variance 1, and one that changes slowly from place to place, as photographs do;
//   - one image that changes slowly but for noise along its borders, where paddings and crops show;
//   - one image of ones, where every sum of weights shows.
//
// A model that fixes its batch gets as many images of these kinds in turn. Bytes go from 0 to 255, other integers from 0 to 9.
// A batch that is open and not given is as large as there are images. Any other open dimension takes its size from given, by its
// symbol, or by input and axis: "mask.1".
func Generate(model backends.Model, samples int, seed uint64, given map[string]int64) ([]tensor.Map, error) {
	made := make([]tensor.Map, 0, min(samples, 64))
	account := dims.Read(model.Name, model.Inputs, model.Outputs)
	for i := range samples {
		settled, err := account.Settle(dims.Ask{Usual: int64(len(kindsOf(i))), Sizes: given})
		if err != nil {
			return nil, err
		}
		rng := rand.New(rand.NewPCG(seed, uint64(i)))
		m := tensor.Map{}
		for input, spec := range model.Inputs {
			t, err := generate(spec.Type, settled.Shapes[input], kindsOf(i), rng)
			if err != nil {
				return nil, fmt.Errorf("make input %q: %w", spec.Name, err)
			}
			m[spec.Name] = t
		}
		made = append(made, m)
	}
	return made, nil
}

// Drawn is the inputs of [Generate] that begin with normal noise: those to run where each part of a model is run over borders
// and ones of its own.
func Drawn(inputs []tensor.Map) []tensor.Map {
	var drawn []tensor.Map
	for i := 0; i < len(inputs); i += turns {
		drawn = append(drawn, inputs[i])
	}
	return drawn
}

// turns is after how many inputs their kinds come again.
const turns = 3

// kindsOf are the kinds of the images in an input, by its number.
func kindsOf(number int) []InputKind {
	switch number % turns {
	case 0:
		return []InputKind{InputNoise, InputSmooth}
	case 1:
		return []InputKind{InputBorders}
	}
	return []InputKind{InputOnes}
}

// InputKind is what a generated image looks like.
type InputKind string

// The kinds of generated inputs.
const (
	InputNoise    InputKind = "noise"    // normal numbers; bytes from 0 to 255
	InputSmooth   InputKind = "smooth"   // low frequencies
	InputBorders  InputKind = "borders"  // low frequencies, noise along the borders
	InputOnes     InputKind = "ones"     // the same number everywhere
	InputData     InputKind = "data"     // samples of the user's, where none could be generated
	InputRange    InputKind = "range"    // evenly spread over the range that was asked for
	InputIntegers InputKind = "integers" // 0 to 9, which are likely to be legal as an index or a token
)

func generate(typ tensor.Type, shape []int64, kinds []InputKind, rng *rand.Rand) (*tensor.Tensor, error) {
	n, err := tensor.Count(shape)
	if err != nil {
		return nil, err
	}
	if typ.ByteSize(n) > maxInputBytes {
		return nil, fmt.Errorf("%s[%s] takes more than %d bytes", typ, tensor.FormatShape(shape), maxInputBytes)
	}
	raw := make([]byte, 0, typ.ByteSize(n))
	switch {
	case typ.IsFloat():
		for _, v := range images(shape, kinds, rng) {
			raw = appendFloat(raw, typ, v)
		}
	case typ == tensor.Uint8:
		for _, v := range images(shape, kinds, rng) {
			raw = append(raw, byteOf(v))
		}
	case typ.IsInteger() || typ == tensor.Bool:
		for range n {
			raw = appendInteger(raw, typ, rng)
		}
	default:
		return nil, fmt.Errorf("no values can be made of type %s; give the inputs with --data", typ)
	}
	return tensor.New(typ, shape, raw)
}

// images are those of a batch, in turns of the kinds.
func images(shape []int64, kinds []InputKind, rng *rand.Rand) []float64 {
	n, _ := tensor.Count(shape)
	values := make([]float64, n)
	batch := 1
	if len(shape) > 0 {
		batch = int(max(shape[0], 1))
	}
	for i := range batch {
		fill(values[i*n/batch:(i+1)*n/batch], shape, kinds[i%len(kinds)], rng)
	}
	return values
}

// fill makes one image.
func fill(image []float64, shape []int64, kind InputKind, rng *rand.Rand) {
	kind = kind.in(shape)
	if kind == InputSmooth || kind == InputBorders {
		smooth(image, shape, rng)
	}
	for i := range image {
		switch {
		case kind == InputOnes:
			image[i] = 1
		case kind == InputNoise || kind == InputBorders && onBorder(i, shape):
			image[i] = rng.NormFloat64()
		}
	}
}

// in is what the kind amounts to in a shape. Without axes of space there is only noise.
func (k InputKind) in(shape []int64) InputKind {
	if k != InputOnes && (len(shape) < 3 || len(shape) > 6) {
		return InputNoise
	}
	return k
}

// coarse is the number of points of a slowly changing image along an axis.
const coarse = 4

// smooth fills the channels of an image with numbers that are drawn for a coarse grid and change evenly between its points.
func smooth(image []float64, shape []int64, rng *rand.Rand) {
	area := shape[2:]
	plane, _ := tensor.Count(area)
	if plane == 0 {
		return
	}
	for channel := range slices.Chunk(image, plane) {
		inner := 1
		for range area {
			inner *= coarse
		}
		values := make([]float64, inner)
		for i := range values {
			values[i] = 1.5 * rng.NormFloat64() // means between them vary less
		}
		outer := 1
		for _, size := range area {
			inner /= coarse
			values = stretched(values, outer, int(size), inner)
			outer *= int(size)
		}
		copy(channel, values)
	}
}

// stretched gives the middle one of three axes, of length coarse, another length.
func stretched(grid []float64, outer, size, inner int) []float64 {
	out := make([]float64, 0, outer*size*inner)
	for o := range outer {
		for i := range size {
			at := 0.0
			if size > 1 {
				at = float64(i*(coarse-1)) / float64(size-1)
			}
			point := min(int(at), coarse-2)
			part := at - float64(point)
			low := grid[(o*coarse+point)*inner:]
			for k := range inner {
				out = append(out, float64((1-part)*low[k])+float64(part*low[k+inner]))
			}
		}
	}
	return out
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

// byteOf is a number of an image as a byte: -2 and less are 0, 2 and more are 255.
func byteOf(v float64) byte {
	return byte(math.Round(min(max((v+2)/4, 0), 1) * 255))
}

// appendInteger draws an integer. Small ones are likely to be legal as an index or a token.
func appendInteger(raw []byte, t tensor.Type, rng *rand.Rand) []byte {
	v := uint64(rng.IntN(10))
	if t == tensor.Bool {
		v %= 2
	}
	var word [8]byte
	binary.LittleEndian.PutUint64(word[:], v)
	return append(raw, word[:t.Bits()/8]...)
}

// GeneratedInput is what was generated for an input of a model.
type GeneratedInput struct {
	Name  string      `json:"name"`  // name of the input
	Kinds []InputKind `json:"kinds"` // how its numbers were made
	Scale Number      `json:"scale"` // of what is in the images
	Shift Number      `json:"shift"` // of their zero
	Min   Number      `json:"min"`   // smallest number
	Max   Number      `json:"max"`   // largest number
}

// DescribeInputs says what was generated, in the order of the model's inputs.
func DescribeInputs(specs []tensor.Spec, inputs []tensor.Map, fits map[string]Fit) []GeneratedInput {
	var list []GeneratedInput
	for _, spec := range specs {
		f, ok := fits[spec.Name]
		if !ok {
			f = asMade()
		}
		g := GeneratedInput{Name: spec.Name, Scale: Number(f.Scale), Shift: Number(f.Shift), Min: Number(math.Inf(1)), Max: Number(math.Inf(-1))}
		for i, in := range inputs {
			t := in[spec.Name]
			if t == nil {
				continue
			}
			low, high := extent(t)
			g.Min, g.Max = min(g.Min, Number(low)), max(g.Max, Number(high))
			for _, kind := range kindsIn(t, i) {
				if !slices.Contains(g.Kinds, kind) {
					g.Kinds = append(g.Kinds, kind)
				}
			}
		}
		list = append(list, g)
	}
	return list
}

// kindsIn are the kinds of the images of an input, by its number.
func kindsIn(t *tensor.Tensor, number int) []InputKind {
	if !t.Type().IsFloat() && t.Type() != tensor.Uint8 {
		return []InputKind{InputIntegers}
	}
	var kinds []InputKind
	for i, kind := range kindsOf(number) {
		if i == 0 || t.Rank() > 0 && t.Shape()[0] > int64(i) {
			kinds = append(kinds, kind.in(t.Shape()))
		}
	}
	return kinds
}
