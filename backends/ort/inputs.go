package ort

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/acdeploy/acdeploy/backends/ort/internal/ortc"
	"github.com/acdeploy/acdeploy/catalog"
	"github.com/acdeploy/acdeploy/tensor"
)

// inputs checks the tensors against what the model declares and makes values of them, in the order of
// the specs. The caller closes them.
func inputs(specs []tensor.Spec, in tensor.Map) ([]*ortc.Value, error) {
	if err := checkInputs(specs, in); err != nil {
		return nil, err
	}
	values := make([]*ortc.Value, len(specs))
	for i, spec := range specs {
		v, err := ortc.NewValue(in[spec.Name])
		if err != nil {
			closeAll(values)
			return nil, fmt.Errorf("input %s: %w", spec.Name, err)
		}
		values[i] = v
	}
	return values, nil
}

// checkInputs reports every input that is missing, unknown, or of another type or shape.
func checkInputs(specs []tensor.Spec, in tensor.Map) error {
	var errs []error
	names := make([]string, len(specs))
	for i, spec := range specs {
		names[i] = spec.Name
		t, ok := in[spec.Name]
		switch {
		case !ok || t == nil:
			errs = append(errs, fmt.Errorf("input %s is missing", spec.Name))
		case t.Type() != spec.Type || !fits(spec, t.Shape()):
			errs = append(errs, fmt.Errorf("input %s is %s[%s], and the model takes %s",
				spec.Name, t.Type(), tensor.FormatShape(t.Shape()), spec))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(in)) {
		if !slices.Contains(names, name) {
			errs = append(errs, fmt.Errorf("input %q is not known%s; the model takes %s",
				name, catalog.Suggest(name, names), strings.Join(names, ", ")))
		}
	}
	return errors.Join(errs...)
}

// fits reports whether a tensor of that shape is one that the spec declares.
func fits(spec tensor.Spec, shape []int64) bool {
	if !spec.Ranked {
		return true
	}
	if len(spec.Shape) != len(shape) {
		return false
	}
	for i, d := range spec.Shape {
		if d.Size >= 0 && d.Size != shape[i] {
			return false
		}
	}
	return true
}
