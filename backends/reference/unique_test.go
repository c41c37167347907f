package reference

import (
	"slices"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/tensor"
)

// Rows are compared as a whole. They are sorted, or stand as they come first.
func TestUniqueRows(t *testing.T) {
	x := tensor.Of([]int64{4, 2}, 2.0, 1, 0, 5, 2, 1, 0, 4)
	for sorted, want := range map[int64][4][]float64{
		1: {{0, 4, 0, 5, 2, 1}, {3, 1, 0}, {2, 1, 2, 0}, {1, 1, 2}},
		0: {{2, 1, 0, 5, 0, 4}, {0, 1, 3}, {0, 1, 0, 2}, {2, 1, 1}},
	} {
		got, err := evaluate(oneNode(21, "Unique", []*graph.Attr{graph.IntAttr("axis", 0), graph.IntAttr("sorted", sorted)}, 4, x))
		if err != nil {
			t.Fatal(err)
		}
		for k, w := range want {
			if !slices.Equal(got[k].Float64s(), w) {
				t.Errorf("sorted %d, output %d: %v, want %v", sorted, k, got[k].Float64s(), w)
			}
		}
	}
}

func TestUniqueWords(t *testing.T) {
	words, err := tensor.NewStrings([]int64{3}, []string{"b", "a", "b"})
	if err != nil {
		t.Fatal(err)
	}
	got, err := evaluate(oneNode(21, "Unique", nil, 1, words))
	if err != nil || !slices.Equal(got[0].Strings(), []string{"a", "b"}) {
		t.Errorf("%v, %v", got, err)
	}
}
