package diff

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/tensor"
	"github.com/acdeploy/acdeploy/verify"
)

// What became of an initializer.
const (
	Gone    = "gone"    // only the first model has it
	Added   = "added"   // only the second model has it
	Numbers = "numbers" // its numbers are others
	Form    = "form"    // its type or its shape is another
)

// Initializer is one that is not the same in both models.
type Initializer struct {
	Name   string `json:"name"`             // the same in both models
	Change string `json:"change"`           // gone, added, numbers or form
	First  string `json:"first,omitempty"`  // type and shape; absent where it has none
	Second string `json:"second,omitempty"` // the same in the second model
	// MaxAbs is the largest difference of two numbers, MaxRel that over the largest magnitude of the first model's, and Elements
	// how many are others. They are absent where the change is not one of numbers.
	MaxAbs   *verify.Number `json:"max_abs,omitempty"`
	MaxRel   *verify.Number `json:"max_rel,omitempty"`
	Elements int            `json:"elements,omitempty"`
	Of       int            `json:"of,omitempty"` // how many there are
}

// initializers compares those of one name, row by row: the memory that it takes follows the largest row.
func (d *Diff) initializers(first, second *graph.Model) error {
	was, order := initializersOf(first)
	is, later := initializersOf(second)
	for _, name := range order {
		a, b := was[name], is[name]
		if _, there := is[name]; !there {
			d.Initializers = append(d.Initializers, Initializer{Name: name, Change: Gone, First: form(a)})
			continue
		}
		i, err := compare(a, b)
		if err != nil {
			return fmt.Errorf("compare initializer %q: %w", name, err)
		}
		if i != nil {
			i.Name = name
			d.Initializers = append(d.Initializers, *i)
		}
	}
	for _, name := range later {
		if _, there := was[name]; !there {
			d.Initializers = append(d.Initializers, Initializer{Name: name, Change: Added, Second: form(is[name])})
		}
	}
	return nil
}

// initializersOf are the tensors of all initializers by name, with their order. Of several of one name the outermost counts.
func initializersOf(m *graph.Model) (map[string]*tensor.Tensor, []string) {
	found, order := map[string]*tensor.Tensor{}, []string{}
	for g := range m.Graph.All() {
		for v := range g.Initializers() {
			if _, met := found[v.Name()]; !met {
				found[v.Name()] = v.Data()
				order = append(order, v.Name())
			}
		}
	}
	return found, order
}

// form is the type and the shape.
func form(t *tensor.Tensor) string {
	if t == nil {
		return "sparse"
	}
	return fmt.Sprintf("%s[%s]", t.Type(), tensor.FormatShape(t.Shape()))
}

// compare says how two tensors differ; nil for not at all.
func compare(a, b *tensor.Tensor) (*Initializer, error) {
	if a == b {
		return nil, nil
	}
	i := &Initializer{Change: Form, First: form(a), Second: form(b)}
	if a == nil || b == nil || a.Type() != b.Type() || !slices.Equal(a.Shape(), b.Shape()) {
		return i, nil
	}
	i.Change, i.Of = Numbers, a.Len()
	if a.Type() == tensor.String {
		i.Elements = unlike(a.Strings(), b.Strings())
		return only(i, i.Elements > 0), nil
	}
	rawA, err := a.Bytes()
	if err != nil {
		return nil, err
	}
	rawB, err := b.Bytes()
	if err != nil {
		return nil, err
	}
	if bytes.Equal(rawA, rawB) {
		return nil, nil
	}
	t := a.Type()
	if t.Bits() < 8 {
		i.Elements = unlike(rawA, rawB)
		return i, nil
	}
	size := t.Bits() / 8
	for at := 0; at < len(rawA); at += size {
		if !bytes.Equal(rawA[at:at+size], rawB[at:at+size]) {
			i.Elements++
		}
	}
	if t.IsFloat() || t.IsInteger() {
		i.measure(a, b)
	}
	return i, nil
}

func only(i *Initializer, differs bool) *Initializer {
	if !differs {
		return nil
	}
	return i
}

func unlike[T comparable](a, b []T) int {
	n := 0
	for i := range a {
		if a[i] != b[i] {
			n++
		}
	}
	return n
}

// measure compares the numbers.
func (i *Initializer) measure(a, b *tensor.Tensor) {
	rows := 1
	if a.Rank() > 0 {
		rows = max(int(a.Shape()[0]), 1)
	}
	one, other := make([]float64, a.Len()/rows), make([]float64, a.Len()/rows)
	var far tensor.Difference
	for row := range rows {
		a.Row(one, row)
		b.Row(other, row)
		far.Add(one, other)
	}
	abs, rel := verify.Number(far.MaxAbs), verify.Number(far.Relative())
	i.MaxAbs, i.MaxRel = &abs, &rel
}
