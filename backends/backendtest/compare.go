package backendtest

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/acdeploy/acdeploy/tensor"
)

// compare asks that the outputs are those wanted, of the same shapes, and as near as the tolerance
// allows, relative to the largest magnitude of each. The element types may be narrower than wanted.
func compare(got, want tensor.Map, tolerance float64) error {
	if g, w := names(got), names(want); !slices.Equal(g, w) {
		return fmt.Errorf("the outputs are %q, want %q", g, w)
	}
	var errs []error
	for name, w := range want {
		if err := near(got[name], w, tolerance); err != nil {
			errs = append(errs, fmt.Errorf("output %q %w", name, err))
		}
	}
	return errors.Join(errs...)
}

func names(m tensor.Map) []string { return slices.Sorted(maps.Keys(m)) }

func near(got, want *tensor.Tensor, tolerance float64) error {
	if got == nil {
		return errors.New("is nil")
	}
	if !slices.Equal(got.Shape(), want.Shape()) {
		return fmt.Errorf("has shape [%s], want [%s]", tensor.FormatShape(got.Shape()), tensor.FormatShape(want.Shape()))
	}
	var d tensor.Difference
	d.Add(want.Float64s(), got.Float64s())
	if d.Alike > 0 { // the suite's models give numbers
		return errors.New("is not a number")
	}
	if by := d.Relative(); !(by <= tolerance) {
		return fmt.Errorf("differs by %g of its largest magnitude, the limit is %g", by, tolerance)
	}
	return nil
}

// same asks for the same type, shape and bytes.
func same(got, want *tensor.Tensor) error {
	switch {
	case got == nil:
		return errors.New("is nil")
	case got.Type() != want.Type() || !slices.Equal(got.Shape(), want.Shape()):
		return fmt.Errorf("is %s[%s], want %s[%s]", got.Type(), tensor.FormatShape(got.Shape()), want.Type(), tensor.FormatShape(want.Shape()))
	case want.Type() == tensor.String:
		if !slices.Equal(got.Strings(), want.Strings()) {
			return fmt.Errorf("is %q, want %q", got.Strings(), want.Strings())
		}
		return nil
	}
	g, err := got.Bytes()
	if err != nil {
		return err
	}
	w, err := want.Bytes()
	if err != nil {
		return err
	}
	if !bytes.Equal(g, w) {
		return fmt.Errorf("is %x, want %x", g, w)
	}
	return nil
}
