package reference

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/tensor"
)

// Half of the transform of a real signal is all of it: the inverse of the half is the signal.
func TestHalfOfATransform(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	half := graph.IntAttr("onesided", 1)
	for _, n := range []int{1, 2, 5, 8} {
		x, length := noise(rng, 2, n, 3, 1), tensor.Of(nil, int64(n))
		axis := tensor.Of(nil, int64(1))
		there, err := evaluate(oneNode(20, "DFT", []*graph.Attr{half}, 1, x, length, axis))
		if err != nil {
			t.Fatal(err)
		}
		back, err := evaluate(oneNode(20, "DFT", []*graph.Attr{half, graph.IntAttr("inverse", 1)}, 1, there[0], length, axis))
		if err != nil {
			t.Fatal(err)
		}
		want := x.Float64s()
		for k, v := range back[0].Float64s() {
			if math.Abs(v-want[k]) > 1e-14 {
				t.Errorf("of %d, element %d is %v, want %v", n, k, v, want[k])
			}
		}
	}
}

func TestTransformRefuses(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	x, signal := noise(rng, 2, 4, 2), noise(rng, 1, 4, 1)
	number := func(v int64) *tensor.Tensor { return tensor.Of(nil, v) }
	for want, m := range map[string]*graph.Model{
		"dft_length is [-1], not one positive number":    oneNode(20, "DFT", nil, 1, x, number(-1)),
		"axis 2 is that of real and imaginary parts":     oneNode(17, "DFT", []*graph.Attr{graph.IntAttr("axis", 2)}, 1, x),
		"does not have real and imaginary parts":         oneNode(17, "DFT", nil, 1, noise(rng, 2, 3)),
		"frames of 5, 1 apart, do not fit a signal of 4": oneNode(17, "STFT", nil, 1, signal, number(1), nil, number(5)),
		"frames of 2, 0 apart, do not fit":               oneNode(17, "STFT", nil, 1, signal, number(0), nil, number(2)),
		"a transform of 0 elements is not computed":      oneNode(17, "STFT", nil, 1, signal, number(1), nil, number(0)),
		"size is -1": oneNode(17, "HannWindow", nil, 1, number(-1)),
	} {
		if _, err := evaluate(m); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}

// A long transform takes its length squared, and ends with the context.
func TestTransformEndsWithTheContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	s, err := OpenGraph(oneNode(17, "DFT", nil, 1, noise(rand.New(rand.NewPCG(1, 2)), 1, 1<<17, 1)))
	if err != nil {
		t.Fatal(err)
	}
	go cancel()
	if _, err := s.RunFloat64(ctx, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}
