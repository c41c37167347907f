package reference

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/tensor"
)

// The cells by hand, in double: a state of one, two steps.
func TestCells(t *testing.T) {
	s := func(v float64) float64 { return 1 / (1 + math.Exp(-v)) }
	one := func(v ...float64) *tensor.Tensor { return tensor.Of([]int64{1, int64(len(v)), 1}, v...) }
	x := tensor.Of([]int64{2, 1, 1}, 2.0, -1)

	h := math.Tanh(0.5*2 + 0.1)
	h = math.Tanh(0.5*-1 + 0.25*h + 0.1)
	rnn := oneNode(14, "RNN", nil, 2, x, one(0.5), one(0.25), tensor.Of([]int64{1, 2}, 0.125, -0.025))
	last(t, rnn, h)

	gru := func(flag int64) *graph.Model {
		return oneNode(14, "GRU", []*graph.Attr{graph.IntAttr("linear_before_reset", flag)}, 2, x, one(0.5, 1, -1), one(0.25, 2, 3),
			tensor.Of([]int64{1, 6}, 0, 0, 0.5, 0, 0, 0.75))
	}
	for flag := range int64(2) {
		h = 0
		for _, v := range []float64{2, -1} {
			z, r := s(0.5*v+0.25*h), s(v+2*h)
			inner := 3*r*h + 0.75
			if flag == 1 {
				inner = r * (3*h + 0.75)
			}
			h = (1-z)*math.Tanh(-v+0.5+inner) + z*h
		}
		last(t, gru(flag), h)
	}

	lstm := oneNode(14, "LSTM", nil, 3, x, one(0.5, 1, -1, 2), one(0.25, 2, 3, -2), nil, nil, nil,
		tensor.Of([]int64{1, 1, 1}, 0.5), tensor.Of([]int64{1, 3}, 0.1, 0.2, 0.3))
	h, c := 0.0, 0.5
	for _, v := range []float64{2, -1} {
		in, forget := s(0.5*v+0.25*h+0.1*c), s(-v+3*h+0.3*c)
		next := forget*c + in*math.Tanh(2*v-2*h)
		h, c = s(v+2*h+0.2*next)*math.Tanh(next), next
	}
	last(t, lstm, h, c)
}

// last compares the last states, which are the outputs after the first.
func last(t *testing.T, m *graph.Model, want ...float64) {
	t.Helper()
	got, err := evaluate(m)
	if err != nil {
		t.Fatal(err)
	}
	for k, w := range want {
		if v := got[k+1].Float64s(); len(v) != 1 || math.Abs(v[0]-w) > 1e-15 {
			t.Errorf("state %d is %v, want %v", k, v, w)
		}
	}
}

// TestBatchFirst has the same sequences twice, with the batch as the second axis and as the first.
func TestBatchFirst(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	steps, batch, inputs, hidden := 3, 2, 4, 5
	x, h, c := noise(rng, steps, batch, inputs), noise(rng, 2, batch, hidden), noise(rng, 2, batch, hidden)
	w, r, lengths := noise(rng, 2, 4*hidden, inputs), noise(rng, 2, 4*hidden, hidden), tensor.Of([]int64{2}, int32(3), 2)
	both := graph.StringAttr("direction", "bidirectional")
	want, err := evaluate(oneNode(14, "LSTM", []*graph.Attr{both}, 3, x, w, r, nil, lengths, h, c))
	if err != nil {
		t.Fatal(err)
	}
	moved := func(x *tensor.Tensor, order ...int) *tensor.Tensor {
		a, err := fromTensor(x)
		if err != nil {
			t.Fatal(err)
		}
		y, err := transposed(a, order).toTensor(x.Type())
		if err != nil {
			t.Fatal(err)
		}
		return y
	}
	got, err := evaluate(oneNode(14, "LSTM", []*graph.Attr{both, graph.IntAttr("layout", 1)}, 3, moved(x, 1, 0, 2), w, r, nil, lengths, moved(h, 1, 0, 2), moved(c, 1, 0, 2)))
	if err != nil {
		t.Fatal(err)
	}
	for k, order := range [][]int{{2, 0, 1, 3}, {1, 0, 2}, {1, 0, 2}} {
		w := moved(want[k], order...)
		if !slices.Equal(got[k].Shape(), w.Shape()) || !slices.Equal(got[k].Float64s(), w.Float64s()) {
			t.Errorf("output %d is %v %v, want %v %v", k, got[k].Shape(), got[k].Float64s(), w.Shape(), w.Float64s())
		}
	}
}
