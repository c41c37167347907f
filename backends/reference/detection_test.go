package reference

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/tensor"
)

// Three boxes of which the first two overlap by half: the better of them is kept, or of equal ones the first.
func TestNonMaxSuppression(t *testing.T) {
	boxes := tensor.Of([]int64{1, 3, 4}, float32(0), 0, 2, 2, 2, 3, 0, 0, 8, 8, 9, 9) // the second has its corners the other way round
	for name, c := range map[string]struct {
		scores  []float32
		most    int64
		overlap float32
		want    []float64
	}{
		"the better":                      {[]float32{0.5, 0.75, 0.25}, 9, 0.5, []float64{1, 2}},
		"of equals":                       {[]float32{0.5, 0.5, 0.75}, 9, 0.5, []float64{2, 0}},
		"as many":                         {[]float32{0.5, 0.5, 0.75}, 1, 0.5, []float64{2}},
		"none":                            {[]float32{0.5, 0.5, 0.75}, 0, 0.5, nil},
		"by the score":                    {[]float32{0.0625, 0.5, 0.125}, 9, 0.5, []float64{1}},
		"with an overlap that is allowed": {[]float32{0.5, 0.75, 0.25}, 9, 0.75, []float64{1, 0, 2}},
	} {
		got, err := evaluate(oneNode(11, "NonMaxSuppression", nil, 1, boxes, tensor.Of([]int64{1, 1, 3}, c.scores...),
			tensor.Of([]int64{1}, c.most), tensor.Of([]int64{1}, c.overlap), tensor.Of([]int64{1}, float32(0.125))))
		if err != nil {
			t.Fatal(err)
		}
		var kept []float64
		for k, v := range got[0].Float64s() {
			if k%3 == 2 {
				kept = append(kept, v)
			}
		}
		if !slices.Equal(kept, c.want) {
			t.Errorf("%s: kept are %v, want %v", name, kept, c.want)
		}
	}
}

func TestNonMaxSuppressionRefuses(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	boxes, scores, most := noise(rng, 1, 3, 4), noise(rng, 1, 2, 3), tensor.Of(nil, int64(9))
	for want, m := range map[string]*graph.Model{
		"iou_threshold is 1.5, which is not between 0 and 1":        oneNode(11, "NonMaxSuppression", nil, 1, boxes, scores, most, tensor.Of(nil, float32(1.5))),
		"boxes of shape [1 3 4] do not fit scores of shape [1 3 4]": oneNode(11, "NonMaxSuppression", nil, 1, boxes, boxes, most),
		"boxes are float and scores are int64, not floating-point":  oneNode(11, "NonMaxSuppression", nil, 1, boxes, most, most),
	} {
		if _, err := evaluate(m); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}

func TestNonMaxSuppressionEndsWithTheContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := (suppression{most: 1}).keep(ctx, make([]float64, 4), []float64{1}); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}
