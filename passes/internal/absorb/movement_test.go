package absorb

import (
	"slices"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/graph/graphtest"
	"github.com/acdeploy/acdeploy/internal/shapes"
	"github.com/acdeploy/acdeploy/passes/internal/refusal"
)

// follows gives the periods of the labels behind the producer of v, nil where they are not followed.
func follows(b graphtest.Builder, v *graph.Value, l labels) []int {
	b.Graph.AddOutput(v)
	c := readCrossing(v.Producer(), shapes.Of(b.Graph))
	if c == nil || c.lost {
		return nil
	}
	out, ok := c.parts[0].forward(l, strict)
	if !ok {
		return nil
	}
	return out.period
}

// TestChannelsOfAnImage follows six channels over one operator, in an image whose height and width are symbols.
func TestChannelsOfAnImage(t *testing.T) {
	channels := grid([]int{1, 8, 1, 1}, run(0, 8)...)
	for name, c := range map[string]struct {
		op    string
		more  func(b graphtest.Builder) []*graph.Value
		attrs []*graph.Attr
		want  []int
	}{
		"identity":       {"Identity", nil, nil, []int{1, 8, 1, 1}},
		"cast":           {"Cast", nil, []*graph.Attr{graph.IntAttr("to", 1)}, []int{1, 8, 1, 1}},
		"cast_to_double": {"Cast", nil, []*graph.Attr{graph.IntAttr("to", 11)}, nil},
		"transpose":      {"Transpose", nil, []*graph.Attr{graph.IntsAttr("perm", 0, 2, 3, 1)}, []int{1, 1, 1, 8}},
		"backwards":      {"Transpose", nil, nil, []int{1, 1, 8, 1}},
		"depth_to_space": {"DepthToSpace", nil, []*graph.Attr{graph.IntAttr("blocksize", 2)}, []int{1, 2, 2, 2}},
		"space_to_depth": {"SpaceToDepth", nil, []*graph.Attr{graph.IntAttr("blocksize", 2)}, []int{1, 8, 1, 1}},
		"flatten":        {"Flatten", nil, []*graph.Attr{graph.IntAttr("axis", 2)}, []int{8, 1}},
		"crop": {"Slice", func(b graphtest.Builder) []*graph.Value {
			return []*graph.Value{b.Ints(1), b.Ints(-1), b.Ints(3)}
		}, nil, []int{1, 8, 1, 1}},
		"part": {"Slice", func(b graphtest.Builder) []*graph.Value {
			return []*graph.Value{b.Ints(1), b.Ints(4), b.Ints(1)}
		}, nil, []int{1, 3, 1, 1}},
		"gather":         {"Gather", func(b graphtest.Builder) []*graph.Value { return []*graph.Value{b.Ints(2, 1, 0)} }, []*graph.Attr{graph.IntAttr("axis", 1)}, []int{1, 3, 1, 1}},
		"gather_outside": {"Gather", func(b graphtest.Builder) []*graph.Value { return []*graph.Value{b.Ints(9)} }, []*graph.Attr{graph.IntAttr("axis", 1)}, nil},
		"dropout":        {"Dropout", nil, nil, []int{1, 8, 1, 1}},
	} {
		t.Run(name, func(t *testing.T) {
			b := graphtest.New(17)
			in := []*graph.Value{b.Input("x", -1, 8, -1, -1)}
			if c.more != nil {
				in = append(in, c.more(b)...)
			}
			if got := follows(b, b.Node(c.op, in, c.attrs...), channels); !slices.Equal(got, c.want) {
				t.Errorf("the periods are %v, want %v", got, c.want)
			}
		})
	}
	refused(t, cannotBeFollowed("x"), refusal.NotChannel)
}
