package equalize

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/acdeploy/acdeploy/passes/internal/absorb"
	"github.com/acdeploy/acdeploy/tensor"
)

// matrix is the weight of a dense layer.
func matrix(data *tensor.Tensor) absorb.Weights {
	return absorb.Weights{
		Data: data, Out: int(data.Shape()[0]), In: int(data.Shape()[1]), Group: 1,
		At: func(row, i int) (int, int) { return row, i },
	}
}

// dense is a layer with a random weight whose channels are of very different sizes.
func dense(rng *rand.Rand, out, in int) *layer {
	values := make([]float64, out*in)
	for i := range values {
		values[i] = rng.NormFloat64() * math.Exp(3*rng.NormFloat64())
	}
	data := tensor.Compute(tensor.Float64, []int64{int64(out), int64(in)}, tensor.Vector(values))
	return &layer{ranges: rangesOf(matrix(data))}
}

// chain gives the layers of a row classes: the outputs of one are the inputs of the next.
func chain(layers []*layer) (*classes, [][]side) {
	c := &classes{}
	var groups [][]side
	for i, l := range layers {
		l.in, l.out = make([]int, l.perGroup), make([]int, l.outOfGroup)
		for j := range l.in {
			l.in[j] = free
		}
		if i > 0 {
			copy(l.in, layers[i-1].out)
			groups = append(groups, []side{{layers[i-1], false}, {l, true}})
		}
		for j := range l.out {
			l.out[j] = free
			if i+1 < len(layers) {
				l.out[j] = len(c.scale)
				c.scale, c.fixed = append(c.scale, 1), append(c.fixed, false)
			}
		}
	}
	return c, groups
}

// rangesOn are the ranges of the classes of a group where they are computed and where they are read.
func (c *classes) rangesOn(group []side) (made, read map[int]float64) {
	made, read = map[int]float64{}, map[int]float64{}
	for _, s := range group {
		s.layer.each(func(out, in int, most float64) {
			v := most * c.factor(s.layer.out[out]) / c.factor(s.layer.in[in])
			if s.input {
				read[s.layer.in[in]] = max(read[s.layer.in[in]], v)
			} else {
				made[s.layer.out[out]] = max(made[s.layer.out[out]], v)
			}
		})
	}
	return made, read
}

func TestSolveEndsWhereRangesAreAlike(t *testing.T) {
	for _, exact := range []bool{true, false} {
		for seed := range uint64(50) {
			t.Run(fmt.Sprintf("exact_%t_seed_%d", exact, seed), func(t *testing.T) {
				rng := rand.New(rand.NewPCG(seed, 1))
				sizes := []int{1 + rng.IntN(8)}
				var layers []*layer
				for range 2 + rng.IntN(6) {
					sizes = append(sizes, 1+rng.IntN(8))
					layers = append(layers, dense(rng, sizes[len(sizes)-1], sizes[len(sizes)-2]))
				}
				c, groups := chain(layers)
				c.exact = exact
				c.solve(groups)
				most := nearOne * nearOne
				if exact {
					most = 2
				}
				for _, g := range groups {
					made, read := c.rangesOn(g)
					for class, r1 := range made {
						if ratio := r1 / read[class]; ratio > most || ratio < 1/most {
							t.Errorf("channel %d has ranges %g and %g", class, r1, read[class])
						}
						if _, power := math.Frexp(c.scale[class]); exact && c.scale[class] != math.Ldexp(0.5, power) {
							t.Errorf("the scale %g is no power of two", c.scale[class])
						}
					}
				}
			})
		}
	}
}

func TestSolveLeavesAlone(t *testing.T) {
	zero := tensor.Of([]int64{2, 1}, 0.0, 8)
	first := &layer{ranges: rangesOf(matrix(zero))}
	second := &layer{ranges: rangesOf(matrix(tensor.Of([]int64{1, 2}, 1.0, 0.5)))}
	c, groups := chain([]*layer{first, second})
	c.exact = true
	c.solve(groups)
	if c.scale[0] != 1 {
		t.Errorf("a channel without weights got the scale %g", c.scale[0])
	}
	if c.scale[1] != 0.25 { // ranges 8 and ½: 2 and 2 with s = 4
		t.Errorf("got the scale %g, want 0.25", c.scale[1])
	}
	c, groups = chain([]*layer{first, second})
	c.exact, c.fixed[1] = true, true
	c.solve(groups)
	if c.scale[1] != 1 {
		t.Errorf("a fixed channel got the scale %g", c.scale[1])
	}
}

// The nearest power of two; what is as near to the one as to the other goes to the smaller.
func TestHalved(t *testing.T) {
	for _, test := range []struct {
		ratio float64
		want  int
	}{{1, 0}, {1.9, 0}, {2, 0}, {2.1, 1}, {4, 1}, {7.9, 1}, {8, 1}, {8.1, 2}, {1 << 20, 10}} {
		if got := halved(test.ratio); got != test.want {
			t.Errorf("halved(%g) = %d, want %d", test.ratio, got, test.want)
		}
	}
}
