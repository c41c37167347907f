package verify

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/tensor"
)

// layer is a 3x3 convolution of 3 to 3 channels with padding 1, and a batch norm after it.
type layer struct {
	weight                       [3][3][3][3]float64
	bias                         [3]float64
	scale, shift, mean, variance [3]float64
	normalised                   bool
}

const epsilon = 1e-5

func randomLayers(n int) []layer {
	rng := rand.New(rand.NewPCG(7, 7))
	layers := make([]layer, n)
	for i := range layers {
		l := &layers[i]
		l.normalised = true
		for o := range 3 {
			l.bias[o] = rng.NormFloat64()
			l.scale[o] = 1 + 0.3*rng.NormFloat64()
			l.shift[o] = rng.NormFloat64()
			l.mean[o] = rng.NormFloat64()
			l.variance[o] = 0.5 + rng.Float64()
			for c := range 3 {
				for k := range 9 {
					l.weight[o][c][k/3][k%3] = 0.3 * rng.NormFloat64()
				}
			}
		}
	}
	return layers
}

// fold is the textbook's: w·γ/√(σ²+ε), (b−μ)·γ/√(σ²+ε)+β. The factor and the layer can be broken.
func fold(layers []layer, factor func(l layer, o int) float64, breakIt func(l *layer)) []layer {
	out := make([]layer, len(layers))
	for i, l := range layers {
		f := l
		f.normalised = false
		for o := range 3 {
			k := factor(l, o)
			f.bias[o] = (l.bias[o]-l.mean[o])*k + l.shift[o]
			for c := range 3 {
				for p := range 9 {
					f.weight[o][c][p/3][p%3] *= k
				}
			}
		}
		if i == len(layers)/2 {
			breakIt(&f)
		}
		out[i] = f
	}
	return out
}

func rightFactor(l layer, o int) float64 { return l.scale[o] / math.Sqrt(l.variance[o]+epsilon) }

// network runs layers with Relu between them in float64, or in float32 with every parameter and every
// sum rounded.
type network struct {
	layers []layer
	typ    tensor.Type
}

func (n network) round(v float64) float64 {
	if n.typ == tensor.Float32 {
		return float64(float32(v))
	}
	return v
}

func (n network) run(_ context.Context, in tensor.Map) (tensor.Map, error) {
	x := in["x"]
	shape := x.Shape()
	batch, h, w := int(shape[0]), int(shape[2]), int(shape[3])
	values := x.Float64s()
	for i, l := range n.layers {
		values = n.layer(l, values, batch, h, w, i < len(n.layers)-1)
	}
	if n.typ == tensor.Float64 {
		return tensor.Map{"y": tensor.Of(shape, values...)}, nil
	}
	narrow := make([]float32, len(values))
	for i, v := range values {
		narrow[i] = float32(v)
	}
	return tensor.Map{"y": tensor.Of(shape, narrow...)}, nil
}

func (n network) layer(l layer, x []float64, batch, h, w int, relu bool) []float64 {
	y := make([]float64, len(x))
	for i := range y {
		b, o, row, col := i/(3*h*w), i/(h*w)%3, i/w%h, i%w
		sum := n.round(l.bias[o])
		for c := range 3 {
			for k := range 9 {
				r, s := row+k/3-1, col+k%3-1
				if r >= 0 && r < h && s >= 0 && s < w {
					sum = n.round(sum + n.round(l.weight[o][c][k/3][k%3])*x[((b*3+c)*h+r)*w+s])
				}
			}
		}
		if l.normalised {
			sum = n.round((sum-n.round(l.mean[o]))/math.Sqrt(n.round(l.variance[o])+epsilon)*n.round(l.scale[o]) + n.round(l.shift[o]))
		}
		if relu {
			sum = max(sum, 0)
		}
		y[i] = sum
	}
	return y
}

// TestEveryMetricSeesABrokenFold proves that no tolerance here is too wide to fail.
func TestEveryMetricSeesABrokenFold(t *testing.T) {
	whole := func(*layer) {}
	folds := []struct {
		name    string
		factor  func(l layer, o int) float64
		breakIt func(l *layer)
		equal   bool
	}{
		{"right", rightFactor, whole, true},
		{"epsilon_outside_the_root", func(l layer, o int) float64 {
			return l.scale[o] / (math.Sqrt(l.variance[o]) + epsilon)
		}, whole, false},
		{"epsilon_forgotten", func(l layer, o int) float64 { return l.scale[o] / math.Sqrt(l.variance[o]) }, whole, false},
		{"sign_of_the_bias_flipped", rightFactor, func(l *layer) { l.bias[1] = -l.bias[1] }, false},
		{"one_weight_off_by_one_place", rightFactor, func(l *layer) {
			k := &l.weight[0][0]
			k[0][0], k[0][1] = k[0][1], k[0][0]
		}, false},
		{"kernel_off_by_one_row", rightFactor, func(l *layer) {
			k := &l.weight[2][1]
			k[0], k[1], k[2] = k[1], k[2], k[0]
		}, false},
	}
	metrics := []struct {
		name      string
		typ       tensor.Type
		tolerance float64
	}{
		{"algebra", tensor.Float64, AlgebraTolerance},
		{"rounding", tensor.Float32, RoundingTolerance(tensor.Float32, 3)},
	}
	layers := randomLayers(3)
	spec := tensor.Spec{
		Name: "x", Type: tensor.Float32, Ranked: true,
		Shape: []tensor.Dim{{Size: -1, Param: "N"}, tensor.Fixed(3), tensor.Fixed(6), tensor.Fixed(5)},
	}
	for _, f := range folds {
		for _, m := range metrics {
			t.Run(f.name+"/"+m.name, func(t *testing.T) {
				inputs, err := Generate(backends.Model{Inputs: []tensor.Spec{spec}}, 3, 1, nil)
				if err != nil {
					t.Fatal(err)
				}
				check, err := Pair{
					Backend: "test",
					Before:  RunFunc(network{layers, m.typ}.run), After: RunFunc(network{fold(layers, f.factor, f.breakIt), m.typ}.run),
					Outputs: []tensor.Spec{{Name: "y"}}, Tolerance: m.tolerance,
				}.Compare(t.Context(), inputs)
				if err != nil {
					t.Fatal(err)
				}
				if check.Equal() != f.equal {
					t.Errorf("equal = %v, want %v: %+v", check.Equal(), f.equal, check.Outputs)
				}
			})
		}
	}
}
