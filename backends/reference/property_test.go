package reference

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
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

// TestProcessorsDoNotMatter compares bits between one processor and several.
func TestProcessorsDoNotMatter(t *testing.T) {
	rng := rand.New(rand.NewPCG(15, 16))
	fraction := func(shape ...int64) *tensor.Tensor {
		n, err := tensor.Count(shape)
		if err != nil {
			t.Fatal(err)
		}
		elems := make([]float64, n)
		for k := range elems {
			elems[k] = rng.NormFloat64()
		}
		return tensor.Of(shape, elems...)
	}
	x := fraction(2, 32, 40, 40)
	models := map[string]*graph.Model{
		"conv":      oneNode(13, "Conv", []*graph.Attr{graph.IntsAttr("pads", 1, 1, 1, 1)}, 1, x, fraction(70, 32, 3, 3)),
		"depthwise": oneNode(13, "Conv", []*graph.Attr{graph.IntAttr("group", 32)}, 1, x, fraction(32, 1, 3, 3)),
		"matmul":    oneNode(13, "MatMul", nil, 1, fraction(3, 130, 200), fraction(200, 140)),
		"reduce":    oneNode(13, "ReduceMean", []*graph.Attr{graph.IntsAttr("axes", 0, 3)}, 1, x),
		"pool":      oneNode(13, "AveragePool", []*graph.Attr{graph.IntsAttr("kernel_shape", 3, 3)}, 1, x),
		"softmax":   oneNode(13, "Softmax", []*graph.Attr{graph.IntAttr("axis", 1)}, 1, x),
	}
	for name, m := range models {
		t.Run(name, func(t *testing.T) {
			var first []float64
			for _, processors := range []int{1, 2, 7} {
				was := runtime.GOMAXPROCS(processors)
				out, err := evaluate(m)
				runtime.GOMAXPROCS(was)
				if err != nil {
					t.Fatal(err)
				}
				got := out[0].Float64s()
				if first == nil {
					first = got
				}
				for k := range got {
					if math.Float64bits(got[k]) != math.Float64bits(first[k]) {
						t.Fatalf("element %d is %g on %d processors, %g on one", k, got[k], processors, first[k])
					}
				}
			}
		})
	}
}

// TestNothingIsRounded runs float32 and float16 models whose parameters are recipes that no float32
// can hold.
func TestNothingIsRounded(t *testing.T) {
	for _, typ := range []tensor.Type{tensor.Float32, tensor.Float16, tensor.BFloat16} {
		third := tensor.Compute(typ, []int64{1, 1, 1, 1}, fixed(1.0/3))
		x := tensor.Of([]int64{1, 1, 1, 1}, 1e-3)
		m := graph.NewModel(8, graph.Opset{Version: 13})
		in, err := m.Graph.AddInput("x", graph.Type{Elem: typ})
		if err != nil {
			t.Fatal(err)
		}
		last := in
		chain := []*graph.Node{
			graph.NewNode("Conv", last, m.Graph.NewInitializer("w", third)), graph.NewNode("Cast"), graph.NewNode("Relu"),
		}
		chain[1].SetAttr(graph.IntAttr("to", int64(tensor.Float16)))
		for k, n := range chain {
			if k > 0 {
				n.AddInput(last)
			}
			last = m.Graph.NewValue("v")
			if err := n.AddOutput(last); err != nil {
				t.Fatal(err)
			}
			m.Graph.Append(n)
		}
		m.Graph.AddOutput(last)
		s, err := OpenGraph(m)
		if err != nil {
			t.Fatal(err)
		}
		exact, err := s.RunFloat64(context.Background(), tensor.Map{"x": x})
		if err != nil {
			t.Fatal(err)
		}
		if got, want := exact[last.Name()].Float64s()[0], 1e-3*(1.0/3); got != want {
			t.Errorf("%s: %v, want %v", typ, got, want)
		}
		rounded, err := s.Run(context.Background(), tensor.Map{"x": x})
		if err != nil {
			t.Fatal(err)
		}
		want := tensor.Float16ToFloat64(tensor.Float64ToFloat16(1e-3 * (1.0 / 3)))
		if got := rounded[last.Name()]; got.Type() != tensor.Float16 || got.Float64s()[0] != want {
			t.Errorf("%s: rounded to %s %v, want %v", typ, got.Type(), got.Float64s(), want)
		}
	}
}

// fixed is a recipe whose elements are all one number.
type fixed float64

func (f fixed) Row(dst []float64, _ int) { fill(dst, float64(f)) }

func (f fixed) MaxAbs() float64 { return math.Abs(float64(f)) }

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
