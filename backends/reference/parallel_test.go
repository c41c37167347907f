package reference

import (
	"math"
	"math/rand/v2"
	"runtime"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/tensor"
)

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
