package reference

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/tensor"
)

// TestValuesAreDropped looks at which step is the last to read each value.
func TestValuesAreDropped(t *testing.T) {
	m := graph.NewModel(8, graph.Opset{Version: 13})
	x, err := m.Graph.AddInput("x", graph.Type{Elem: tensor.Float32})
	if err != nil {
		t.Fatal(err)
	}
	a := appended(t, m.Graph, "Relu", nil, x)
	b := appended(t, m.Graph, "Neg", nil, a)
	c := appended(t, m.Graph, "Add", nil, a, b)
	appended(t, m.Graph, "Abs", nil, c) // read by nothing
	m.Graph.AddOutput(c)
	s, err := OpenGraph(m)
	if err != nil {
		t.Fatal(err)
	}
	var got [][]string
	for _, st := range s.plans[m.Graph].steps {
		names := []string{}
		for _, v := range st.spent {
			names = append(names, v.Name())
		}
		got = append(got, names)
	}
	if diff := cmp.Diff([][]string{{"x"}, {}, {"neg", "relu"}, {"abs"}}, got, cmp.Transformer("sorted", sorted)); diff != "" {
		t.Error(diff)
	}
}

func sorted(list []string) map[string]bool {
	set := map[string]bool{}
	for _, s := range list {
		set[s] = true
	}
	return set
}
