package bench

import (
	"fmt"
	"slices"
	"strings"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/internal/dims"
	"github.com/acdeploy/acdeploy/internal/outcome"
	"github.com/acdeploy/acdeploy/tensor"
	"github.com/acdeploy/acdeploy/worker"
)

// maxInputBytes bounds the inputs of one run.
const maxInputBytes = 4 << 30

// settle merges the declared inputs of all models, the baseline's first, and gives every open dimension its size.
func settle(models []backends.Model, ask dims.Ask) ([]worker.Input, dims.Settled, error) {
	specs, err := narrowed(models)
	if err != nil {
		return nil, dims.Settled{}, err
	}
	settled, err := dims.Read(models[0].Name, specs, models[0].Outputs).Settle(ask)
	if err != nil {
		return nil, settled, err
	}
	inputs := make([]worker.Input, len(specs))
	total := int64(0)
	for i, spec := range specs {
		inputs[i] = worker.Input{Name: spec.Name, Type: spec.Type, Shape: settled.Shapes[i]}
		n, err := tensor.Count(settled.Shapes[i])
		if err != nil {
			return nil, settled, outcome.Usagef("input %q of %s: %w; choose smaller batches or shapes", spec.Name, models[0].Name, err)
		}
		if total += int64(spec.Type.ByteSize(n)); total > maxInputBytes || total < 0 {
			return nil, settled, outcome.Usagef("inputs of %s would take more than %d bytes; choose smaller batches or shapes", models[0].Name, int64(maxInputBytes))
		}
	}
	return inputs, settled, nil
}

// widened gives each model the inputs that others declare, after its own.
func widened(models []backends.Model) []backends.Model {
	wide := slices.Clone(models)
	for i := range wide {
		wide[i].Inputs = slices.Clone(wide[i].Inputs)
		for _, m := range models {
			for _, s := range m.Inputs {
				if !slices.ContainsFunc(wide[i].Inputs, func(own tensor.Spec) bool { return own.Name == s.Name }) {
					wide[i].Inputs = append(wide[i].Inputs, s)
				}
			}
		}
	}
	return wide
}

// narrowed is the inputs that all models declare, as far as any of them tells.
func narrowed(models []backends.Model) ([]tensor.Spec, error) {
	specs := slices.Clone(models[0].Inputs)
	for i := range specs {
		specs[i].Shape = slices.Clone(specs[i].Shape)
	}
	for _, m := range models[1:] {
		if err := merge(specs, m, models[0]); err != nil {
			return nil, err
		}
	}
	return specs, nil
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
