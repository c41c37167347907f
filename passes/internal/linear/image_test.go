package linear_test

import (
	"slices"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/graph/graphtest"
	"github.com/acdeploy/acdeploy/internal/shapes"
	"github.com/acdeploy/acdeploy/passes/internal/linear"
	"github.com/acdeploy/acdeploy/passes/internal/refusal"
)

func TestImage(t *testing.T) {
	b := graphtest.New(17)
	for name, c := range map[string]struct {
		dims   []int64
		reason string
		size   []int
	}{
		"known":         {[]int64{1, 3, 5, -1}, "", []int{5, -1}},
		"open_channels": {[]int64{1, -1, 5, 5}, refusal.NotChannel, nil},
		"no_channels":   {[]int64{7}, refusal.NotChannel, nil},
	} {
		x := b.Input(name, c.dims...)
		im, why := linear.Expression{Input: linear.View{Value: x}}.Image(shapes.Of(b.Graph))
		if why != nil {
			if why.Reason != c.reason {
				t.Errorf("%s: %s", name, why.Detail)
			}
			continue
		}
		if c.reason != "" || im.Channels != 3 || !slices.Equal(im.Size, c.size) {
			t.Errorf("%s: %+v", name, im)
		}
	}
}

// TestImageMayBeWidened: a constant of several numbers can give an input of one channel more of them.
func TestImageMayBeWidened(t *testing.T) {
	b := graphtest.New(17)
	x := b.Input("x", 1, -1, 4)
	y := b.Node("Mul", []*graph.Value{x, b.Floats([]int64{3, 1}, 2)})
	v := b.Conv(y, 3, 1, []int64{1}, []int64{0, 0}, 1)
	b.Graph.AddOutput(v)
	e, ok := linear.NewReader(b.Graph, shapes.Of(b.Graph), nil).Read(linear.View{Value: v}, linear.MaxDepth).Over(linear.View{Value: x})
	if !ok || !e.Widens || e.Certain {
		t.Fatalf("read %v, %+v", ok, e)
	}
	if _, why := e.Image(shapes.Of(b.Graph)); why == nil || why.Reason != refusal.NotChannel {
		t.Errorf("an input that may have one channel is taken for three: %v", why)
	}
}
