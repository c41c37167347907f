package reduce

import (
	"math"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/tensor"
)

const (
	mostTests    = 64      // ways to leave out elements of one initializer that are tried
	mostElements = 1 << 20 // of an initializer that elements are left out of
)

// weights makes the numbers of initializers plain: zeros or ones where they do not matter, whole numbers where rounding does not, and
// zeros wherever a single element does not matter.
func (r *reducer) weights() {
	r.mayRun()
	for _, plain := range []float64{0, 1} {
		base, names := r.best, numbers(r.best)
		fewest(len(names), 0, func(keep []int) bool {
			kept := map[string]bool{}
			for _, k := range keep {
				kept[names[k]] = true
			}
			return r.tryRun(withNumbers(base, func(name string, t *tensor.Tensor) tensor.Recipe {
				if kept[name] || t.MaxAbs() == 0 {
					return nil
				}
				return constant(plain)
			}))
		})
	}
	for _, name := range numbers(r.best) {
		r.only(name, rounded)
		r.elements(name)
	}
}

// numbers lists the initializers that hold something else than zeros or ones.
func numbers(m *graph.Model) []string {
	var names []string
	for v := range m.Graph.Initializers() {
		if t := v.Data(); isNumber(t) && !t.IsAll(0) && !t.IsAll(1) && t.Len() > 0 {
			names = append(names, v.Name())
		}
	}
	return names
}

// withNumbers is a copy of a model with other numbers where change gives some; nil leaves those of an initializer.
func withNumbers(base *graph.Model, change func(name string, t *tensor.Tensor) tensor.Recipe) *graph.Model {
	c := base.Clone()
	for v := range c.Graph.Initializers() {
		t := v.Data()
		if !isNumber(t) {
			continue
		}
		if to := change(v.Name(), t); to != nil {
			typ := v.Type()
			v.SetData(tensor.Compute(t.Type(), t.Shape(), to)) // written number by number, however large it is
			v.SetType(typ)
		}
	}
	return c
}

// only changes one initializer, number by number.
func (r *reducer) only(name string, by func(float64) float64) {
	r.tryRun(withNumbers(r.best, func(n string, t *tensor.Tensor) tensor.Recipe {
		if n != name {
			return nil
		}
		return mapped{t, by}
	}))
}

// rounded is a whole number; one that would be none at all becomes 1 or −1.
func rounded(x float64) float64 {
	switch n := math.Round(x); {
	case n != 0 || x == 0:
		return n
	default:
		return math.Copysign(1, x)
	}
}

// elements makes zeros of the elements of an initializer that do not matter.
func (r *reducer) elements(name string) {
	base := r.best
	v := base.Graph.Lookup(name)
	if n := v.Data().Len(); n < 2 || n > mostElements {
		return
	}
	fewest(v.Data().Len(), mostTests, func(keep []int) bool {
		return r.tryRun(withNumbers(base, func(n string, t *tensor.Tensor) tensor.Recipe {
			if n != name {
				return nil
			}
			return sparse(t.Float64s(), keep)
		}))
	})
}

// sparse has zeros but for some numbers.
func sparse(of []float64, keep []int) tensor.Vector {
	out := make(tensor.Vector, len(of))
	for _, k := range keep {
		out[k] = of[k]
	}
	return out
}

// constant is a recipe of one number.
type constant float64

func (c constant) Row(dst []float64, _ int) {
	for i := range dst {
		dst[i] = float64(c)
	}
}

func (c constant) MaxAbs() float64 { return math.Abs(float64(c)) }

// mapped is a recipe that changes each number of another one.
type mapped struct {
	of tensor.Recipe
	by func(float64) float64
}

func (m mapped) Row(dst []float64, row int) {
	m.of.Row(dst, row)
	for i, x := range dst {
		dst[i] = m.by(x)
	}
}

func (m mapped) MaxAbs() float64 { return math.Abs(m.of.MaxAbs()) + 1 }
