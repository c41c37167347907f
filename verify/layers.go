package verify

import (
	"fmt"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/shapes"
	"github.com/acdeploy/acdeploy/tensor"
)

// CommonValues are floating-point values inside two models that mean the same, in the order in which the second computes them.
type CommonValues struct {
	values []side[string]
	nodes  []string // that compute them in the second model
	elems  []tensor.Type
}

// mostCommon is how many values are looked at. Of more, every so manieth is.
const mostCommon = 500

// FindCommonValues finds the values that two models have in common. origin gives the value of the first that holds the same numbers as
// one of the second; nil where none is known to.
func FindCommonValues(first, second *graph.Model, origin func(*graph.Value) *graph.Value) CommonValues {
	b := findBorders(first, second, origin)
	known := shapes.Of(second.Graph)
	var all CommonValues
	for n := range second.Graph.Nodes() {
		for _, v := range results(n) {
			if w := b.was[v]; w != nil && w.Producer() != nil && known.Elem(v).IsFloat() && v.Used() {
				all.values = append(all.values, side[string]{w.Name(), v.Name()})
				all.nodes = append(all.nodes, n.Label())
				all.elems = append(all.elems, known.Elem(v))
			}
		}
	}
	step := (len(all.values) + mostCommon - 1) / mostCommon
	if step <= 1 {
		return all
	}
	var some CommonValues
	for i := 0; i < len(all.values); i += step {
		some.values, some.nodes, some.elems = append(some.values, all.values[i]), append(some.nodes, all.nodes[i]), append(some.elems, all.elems[i])
	}
	return some
}

// Shown is a copy of one of the models that hands out the values instead of its outputs: of the first for k = 0, of the second for
// k = 1.
func (c CommonValues) Shown(k int, m *graph.Model) *graph.Model {
	shown := m.Clone()
	shown.Graph.SetOutputs()
	for i, v := range c.values {
		handOut(shown.Graph, v.at(k), commonName(i), c.elems[i])
	}
	return shown
}

func commonName(i int) string { return fmt.Sprintf("acdeploy/value_%d", i) }

// Specs are what the copies hand out.
func (c CommonValues) Specs() []tensor.Spec {
	list := make([]tensor.Spec, len(c.values))
	for i := range c.values {
		list[i] = tensor.Spec{Name: commonName(i), Type: c.elems[i]}
	}
	return list
}

// Named gives the outputs of a check of the copies the names that they have in the first model, and says where the models part.
func (c CommonValues) Named(check Check) Check {
	check.Layers = true
	for i := range check.Outputs {
		o := &check.Outputs[i]
		o.Name = c.values[i].was
		if !o.Equal && check.PartsAt == nil {
			check.PartsAt = &RegionResult{Value: o.Name, Node: c.nodes[i], MaxRel: o.MaxRel, Bound: o.Tolerance}
		}
	}
	return check
}
