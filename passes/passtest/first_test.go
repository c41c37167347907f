package passtest_test

import (
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/graph/graphtest"
	"github.com/acdeploy/acdeploy/passes/passtest"
	"github.com/acdeploy/acdeploy/pipeline"
	"github.com/acdeploy/acdeploy/tensor"
)

// TestFirstValueThatDiffers is told by a failure, between the two graphs: of several values the first, and of that one
// the first number.
func TestFirstValueThatDiffers(t *testing.T) {
	build := func() *graph.Model {
		b := graphtest.New(17)
		v := b.Input("x", 2, 2)
		for range 3 {
			v = b.Node("Mul", []*graph.Value{v, b.Floats([]int64{2}, 1, 4)})
		}
		return b.Outputs(v)
	}
	for name, c := range map[string]struct {
		change func(n *graph.Node)
		want   string
	}{
		"a number": {func(n *graph.Node) {
			n.SetInput(1, n.Graph().NewInitializer("f", tensor.Of([]int64{2}, float32(1), 5)))
		}, `"Mul_1" of node Mul_1: at [0,1] it was `},
		"a shape": {func(n *graph.Node) {
			n.SetInput(1, n.Graph().NewInitializer("f", tensor.Of([]int64{1, 1, 2}, float32(1), 4)))
		}, `"Mul_1" of node Mul_1: it was double[2,2] and is double[1,2,2]`},
		"no number": {func(n *graph.Node) {
			n.OpType = "Div"
			n.SetInput(1, n.Graph().NewInitializer("f", tensor.Of([]int64{2}, float32(1), 0)))
		}, `"Mul_1" of node Mul_1: at [0,1] it was `},
	} {
		t.Run(name, func(t *testing.T) {
			wrong := pass(func(r *pipeline.Rewriter, n *graph.Node) {
				if n.Name == "Mul_1" && n.Doc == "" {
					r.Rewrite(n.Label(), "broken", func() { n.Doc = "done"; c.change(n) })
				}
			})
			_, _, err := passtest.Check(build, steps(wrong), [][]int64{{2, 2}})
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "\nbefore\n") || !strings.Contains(err.Error(), "\nafter\n") {
				t.Errorf("got %v, want %s", err, c.want)
			}
		})
	}
}

// TestNoFirstValue has models that were made apart: of their values none is known to be another's.
func TestNoFirstValue(t *testing.T) {
	in := tensor.Map{"x": tensor.Of([]int64{4}, 1.0, 2, 3, 4)}
	err := passtest.Equal(scaled(2), scaled(3), in)
	if err == nil || !strings.Contains(err.Error(), `the first value that differs is "y" of node mul: at [0] it was 2 and is 3`) {
		t.Errorf("an output is the same by its name: %v", err)
	}
}
