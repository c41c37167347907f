package reference

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/tensor"
)

// naiveConv is the definition of a two-dimensional Conv, one multiplication after another.
func naiveConv(x, w []float64, n, inC, h, wd, outC, group int, k, s, d, p []int) []float64 {
	outH := (h+p[0]+p[2]-d[0]*(k[0]-1)-1)/s[0] + 1
	outW := (wd+p[1]+p[3]-d[1]*(k[1]-1)-1)/s[1] + 1
	perGroup := inC / group
	var y []float64
	for img := range n {
		for o := range outC {
			for a := range outH {
				for b := range outW {
					sum := 0.0
					for i := range perGroup {
						ch := o/(outC/group)*perGroup + i
						for u := range k[0] {
							for v := range k[1] {
								r, c := a*s[0]-p[0]+u*d[0], b*s[1]-p[1]+v*d[1]
								if r >= 0 && r < h && c >= 0 && c < wd {
									sum += x[((img*inC+ch)*h+r)*wd+c] * w[((o*perGroup+i)*k[0]+u)*k[1]+v]
								}
							}
						}
					}
					y = append(y, sum)
				}
			}
		}
	}
	return y
}

// TestConvIsItsDefinition covers both ways of computing a Conv: sums of multiples of 1/64 are exact,
// so the order of the terms does not matter.
func TestConvIsItsDefinition(t *testing.T) {
	rng := rand.New(rand.NewPCG(11, 12))
	some := func(n, lo, hi int) []int {
		list := make([]int, n)
		for k := range list {
			list[k] = lo + rng.IntN(hi-lo)
		}
		return list
	}
	for range 400 {
		group := 1 + rng.IntN(3)
		inC, outC := group*(1+rng.IntN(3)), group*(1+rng.IntN(14))
		k, s, d, p := some(2, 1, 4), some(2, 1, 4), some(2, 1, 3), some(4, 0, 4)
		n, h, w := 1+rng.IntN(2), 5+rng.IntN(9), 5+rng.IntN(30)
		if rng.IntN(8) == 0 { // taps that see nothing but padding
			h, w, p = 1+rng.IntN(3), 1+rng.IntN(3), append(some(2, 4, 9), some(2, 0, 2)...)
		}
		x, weight := noise(rng, n, inC, h, w), noise(rng, outC, inC/group, k[0], k[1])
		m := oneNode(13, "Conv", []*graph.Attr{
			graph.IntAttr("group", int64(group)), graph.IntsAttr("strides", wide(s)...),
			graph.IntsAttr("dilations", wide(d)...), graph.IntsAttr("pads", wide(p)...),
		}, 1, x, weight)
		out, err := evaluate(m)
		if err != nil {
			t.Fatal(err)
		}
		want := naiveConv(x.Float64s(), weight.Float64s(), n, inC, h, w, outC, group, k, s, d, p)
		if diff := cmp.Diff(want, out[0].Float64s()); diff != "" {
			t.Fatalf("group %d, %d to %d channels, %dx%d, kernel %v, strides %v, dilations %v, pads %v: %s",
				group, inC, outC, h, w, k, s, d, p, diff)
		}
	}
}

func wide(list []int) []int64 {
	out := make([]int64, len(list))
	for k, v := range list {
		out[k] = int64(v)
	}
	return out
}

// TestInfinityTimesZero checks that no shortcut hides what IEEE 754 says.
func TestInfinityTimesZero(t *testing.T) {
	for _, outC := range []int64{1, 9} {
		for name, special := range map[string]float64{"inf": math.Inf(1), "nan": math.NaN()} {
			t.Run(fmt.Sprintf("%s_%d", name, outC), func(t *testing.T) {
				x := tensor.Of([]int64{1, 2, 1, 1}, special, 1)
				w := tensor.Of([]int64{outC, 2, 1, 1}, make([]float64, 2*outC)...)
				out, err := evaluate(oneNode(13, "Conv", nil, 1, x, w))
				if err != nil {
					t.Fatal(err)
				}
				for _, v := range out[0].Float64s() {
					if !math.IsNaN(v) {
						t.Errorf("0 times %g gives %g", special, v)
					}
				}
			})
		}
	}
}
