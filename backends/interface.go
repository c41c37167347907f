package backends

import (
	"fmt"
	"strings"

	"github.com/acdeploy/acdeploy/tensor"
)

// SameInterface reports the first input or output in which two models differ: its name, its element
// type, its rank, or a dimension that is a number in both. The order does not matter for inputs, which
// are given by name.
func SameInterface(a, b Model) error {
	if err := SameInputs(a, b); err != nil {
		return err
	}
	if err := sameSpecs("output", a.Outputs, b.Outputs); err != nil {
		return fmt.Errorf("compare %s with %s: %w", a.Name, b.Name, err)
	}
	return nil
}

// SameInputs is [SameInterface] of the inputs alone.
func SameInputs(a, b Model) error {
	if err := sameSpecs("input", a.Inputs, b.Inputs); err != nil {
		return fmt.Errorf("compare %s with %s: %w", a.Name, b.Name, err)
	}
	return nil
}

func sameSpecs(kind string, a, b []tensor.Spec) error {
	others := make(map[string]tensor.Spec, len(b))
	for _, s := range b {
		others[s.Name] = s
	}
	for _, s := range a {
		other, ok := others[s.Name]
		if !ok {
			return fmt.Errorf("only the first has %s %q; the second has %s", kind, s.Name, names(b))
		}
		if !compatible(s, other) {
			return fmt.Errorf("%s %q is %s in the first, %s in the second", kind, s.Name, s, other)
		}
		delete(others, s.Name)
	}
	for _, s := range b {
		if _, left := others[s.Name]; left {
			return fmt.Errorf("only the second has %s %q; the first has %s", kind, s.Name, names(a))
		}
	}
	return nil
}

func compatible(a, b tensor.Spec) bool {
	if a.Type != b.Type {
		return false
	}
	if !a.Ranked || !b.Ranked {
		return true
	}
	if len(a.Shape) != len(b.Shape) {
		return false
	}
	for i, d := range a.Shape {
		if other := b.Shape[i]; d.Size >= 0 && other.Size >= 0 && d.Size != other.Size {
			return false
		}
	}
	return true
}

func names(specs []tensor.Spec) string {
	if len(specs) == 0 {
		return "none"
	}
	list := make([]string, len(specs))
	for i, s := range specs {
		list[i] = fmt.Sprintf("%q", s.Name)
	}
	return strings.Join(list, ", ")
}
