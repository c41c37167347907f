package diff

import (
	"slices"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/model"
	"github.com/acdeploy/acdeploy/reports"
)

// byNames traces nodes by the names of values.
func byNames(first, second *graph.Model) []reports.Became {
	var list []reports.Became
	changes := model.LineageBy(first, second, func(v *graph.Value) *graph.Value {
		if w := first.Graph.Lookup(v.Name()); w != nil && v.Graph() == second.Graph && !taken(w, v) {
			return w
		}
		return nil
	})
	for _, c := range changes {
		var b reports.Became
		b.From, b.FromOpTypes = labels(c.From)
		b.To, b.ToOpTypes = labels(c.To)
		list = append(list, b)
	}
	return list
}

// taken reports whether a value only has the name of another one. Who folds the nodes after a layer into its weights may let its result
// keep its name: other weights and other readers say so.
func taken(was, is *graph.Value) bool {
	a, b := was.Producer(), is.Producer()
	if a == nil || b == nil || a.OpType != b.OpType || slices.Equal(readers(was), readers(is)) {
		return false
	}
	if a.NumInputs() != b.NumInputs() {
		return true
	}
	for i, v := range a.Inputs() {
		w := b.Input(i)
		if !v.IsInitializer() || !w.IsInitializer() {
			continue
		}
		if differs, err := compare(v.Data(), w.Data()); err == nil && differs != nil {
			return true
		}
	}
	return false
}

// readers are what reads a value.
func readers(v *graph.Value) []string {
	var list []string
	for u := range v.Uses() {
		if u.Node != nil {
			list = append(list, u.Node.Label())
		}
	}
	slices.Sort(list)
	return list
}

func labels(nodes []*graph.Node) (names, opTypes []string) {
	names, opTypes = []string{}, []string{}
	for _, n := range nodes {
		names, opTypes = append(names, n.Label()), append(opTypes, n.OpType)
	}
	return names, opTypes
}
