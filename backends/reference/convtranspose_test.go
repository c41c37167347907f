package reference

import (
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/tensor"
)

// TestConvTransposeIsAdjoint checks ⟨Conv(x), y⟩ = ⟨x, ConvTranspose(y)⟩ in one, two and three
// dimensions.
func TestConvTransposeIsAdjoint(t *testing.T) {
	rng := rand.New(rand.NewPCG(13, 14))
	for round := range 200 {
		axes, group := 1+round%3, 1+rng.IntN(3)
		inC, outC := group*(1+rng.IntN(2)), group*(1+rng.IntN(2))
		var strides, dilations, pads, extra []int64
		xShape, wShape := []int{1, inC}, []int{outC, inC / group}
		for range axes {
			k, s, d, size := 1+rng.IntN(3), 1+rng.IntN(3), 1+rng.IntN(2), 6+rng.IntN(4)
			xShape, wShape = append(xShape, size), append(wShape, k)
			strides, dilations = append(strides, int64(s)), append(dilations, int64(d))
			pads = append(pads, int64(rng.IntN(2)))
		}
		pads = append(pads, pads...)
		for a := range axes {
			room := int64(xShape[2+a]) + 2*pads[a] - dilations[a]*int64(wShape[2+a]-1) - 1
			extra = append(extra, room%strides[a])
		}
		x, w := noise(rng, xShape...), noise(rng, wShape...)
		attrs := []*graph.Attr{
			graph.IntAttr("group", int64(group)), graph.IntsAttr("strides", strides...),
			graph.IntsAttr("dilations", dilations...), graph.IntsAttr("pads", pads...),
		}
		forward, err := evaluate(oneNode(13, "Conv", attrs, 1, x, w))
		if err != nil {
			t.Fatal(err)
		}
		var yShape []int
		for _, d := range forward[0].Shape() {
			yShape = append(yShape, int(d))
		}
		y := noise(rng, yShape...)
		back, err := evaluate(oneNode(13, "ConvTranspose", append(attrs, graph.IntsAttr("output_padding", extra...)), 1, y, w))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(x.Shape(), back[0].Shape()); diff != "" {
			t.Fatal(diff)
		}
		if a, b := dot(forward[0], y), dot(x, back[0]); a != b {
			t.Fatalf("%g and %g", a, b)
		}
	}
}

func dot(a, b *tensor.Tensor) float64 {
	sum, other := 0.0, b.Float64s()
	for k, v := range a.Float64s() {
		sum += v * other[k]
	}
	return sum
}
