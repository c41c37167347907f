package bench

import (
	"fmt"
	"slices"
	"strings"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/internal/outcome"
	"github.com/acdeploy/acdeploy/tensor"
	"github.com/acdeploy/acdeploy/worker"
)

// maxInputBytes bounds the inputs of one run.
const maxInputBytes = 4 << 30

// settle merges the declared inputs of all models, the baseline's first, and settles their symbolic
// dimensions. batch is 0 where none was asked for. It returns the batch that came of it.
func settle(models []backends.Model, batch int64, sizes []Size) ([]worker.Input, int64, error) {
	specs := slices.Clone(models[0].Inputs)
	for i := range specs {
		specs[i].Shape = slices.Clone(specs[i].Shape)
	}
	for _, m := range models[1:] {
		if err := merge(specs, m, models[0]); err != nil {
			return nil, 0, err
		}
	}
	s := settler{batch: max(batch, 1), sizes: map[string]int64{}, used: map[string]bool{}}
	for _, size := range sizes {
		s.sizes[size.Symbol] = size.Size
	}
	symbolic := false
	for _, spec := range specs {
		if len(spec.Shape) > 0 && spec.Shape[0].Size < 0 {
			symbolic = true
			s.batchSymbol = spec.Shape[0].Param
		}
	}
	inputs, err := s.settleAll(specs, models[0])
	if err != nil {
		return nil, 0, err
	}
	for _, size := range sizes {
		if !s.used[size.Symbol] {
			return nil, 0, outcome.Usagef("no input of %s has a symbolic dimension %q", models[0].Name, size.Symbol)
		}
	}
	if symbolic || len(inputs) == 0 || len(inputs[0].Shape) == 0 {
		return inputs, s.batch, nil
	}
	fixed := inputs[0].Shape[0]
	if batch > 0 && batch != fixed {
		return nil, 0, outcome.Usagef("batch %d does not fit input %q, whose first dimension is fixed to %d",
			batch, inputs[0].Name, fixed)
	}
	return inputs, fixed, nil
}

// merge narrows specs by what m declares, or says how m differs from the baseline.
func merge(specs []tensor.Spec, m, baseline backends.Model) error {
	if len(m.Inputs) != len(specs) {
		return fmt.Errorf("inputs of %s (%s) differ from those of %s (%s)",
			m.Name, list(m.Inputs), baseline.Name, list(baseline.Inputs))
	}
	for i := range specs {
		at := slices.IndexFunc(m.Inputs, func(s tensor.Spec) bool { return s.Name == specs[i].Name })
		if at < 0 {
			return fmt.Errorf("%s has no input %q as %s has; its inputs are %s",
				m.Name, specs[i].Name, baseline.Name, list(m.Inputs))
		}
		if err := narrow(&specs[i], m.Inputs[at]); err != nil {
			return fmt.Errorf("input %q of %s differs from that of %s: %w", specs[i].Name, m.Name, baseline.Name, err)
		}
	}
	return nil
}

// narrow takes from other the dimensions that spec leaves open.
func narrow(spec *tensor.Spec, other tensor.Spec) error {
	switch {
	case spec.Type != other.Type:
		return fmt.Errorf("%s instead of %s", other.Type, spec.Type)
	case !other.Ranked:
		return nil
	case !spec.Ranked:
		spec.Ranked, spec.Shape = true, slices.Clone(other.Shape)
		return nil
	case len(spec.Shape) != len(other.Shape):
		return fmt.Errorf("%s instead of %s", other, spec)
	}
	for i, d := range other.Shape {
		switch have := &spec.Shape[i]; {
		case have.Size >= 0 && d.Size >= 0 && have.Size != d.Size:
			return fmt.Errorf("%s instead of %s", other, spec)
		case have.Size < 0 && d.Size >= 0:
			*have = d
		}
	}
	return nil
}

func list(specs []tensor.Spec) string {
	texts := make([]string, len(specs))
	for i, s := range specs {
		texts[i] = s.String()
	}
	return strings.Join(texts, ", ")
}

// settler gives symbolic dimensions their sizes.
type settler struct {
	batch       int64
	batchSymbol string
	sizes       map[string]int64
	used        map[string]bool
}

func (s *settler) settleAll(specs []tensor.Spec, m backends.Model) ([]worker.Input, error) {
	inputs := make([]worker.Input, len(specs))
	total := int64(0)
	for i, spec := range specs {
		in, err := s.settle(spec, m)
		if err != nil {
			return nil, err
		}
		n, err := tensor.Count(in.Shape)
		if err != nil {
			return nil, outcome.Usagef("input %q of %s: %w; choose smaller batches or shapes", in.Name, m.Name, err)
		}
		if total += int64(in.Type.ByteSize(n)); total > maxInputBytes || total < 0 {
			return nil, outcome.Usagef("inputs of %s would take more than %d bytes; choose smaller batches or shapes", m.Name, int64(maxInputBytes))
		}
		inputs[i] = in
	}
	return inputs, nil
}

func (s *settler) settle(spec tensor.Spec, m backends.Model) (worker.Input, error) {
	in := worker.Input{Name: spec.Name, Type: spec.Type, Shape: make([]int64, len(spec.Shape))}
	if !spec.Ranked {
		return in, fmt.Errorf("input %q of %s declares no shape, so no values can be made for it; export the model with its input shapes", spec.Name, m.Name)
	}
	for axis, d := range spec.Shape {
		symbol := d.Param
		if symbol == "" {
			symbol = fmt.Sprintf("%s.%d", spec.Name, axis)
		}
		size, given := s.sizes[symbol]
		switch {
		case d.Size >= 0:
			in.Shape[axis] = d.Size
		case given:
			in.Shape[axis], s.used[symbol] = size, true
		case axis == 0 || (d.Param != "" && d.Param == s.batchSymbol):
			in.Shape[axis] = s.batch
		default:
			return in, outcome.Usagef("dimension %d of input %q of %s is symbolic; give its size with --shape %s=…",
				axis, spec.Name, m.Name, symbol)
		}
	}
	return in, nil
}
