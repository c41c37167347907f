package ort

import (
	"context"
	"fmt"
	"maps"
	"strings"

	"github.com/acdeploy/acdeploy/backends"
)

// noFallback forbids onnxruntime to run nodes on the CPU that a GPU provider cannot run.
const noFallback = "session.disable_cpu_ep_fallback"

// fellBack is what onnxruntime says when a model does not open because of that.
const fellBack = "fallback to CPU EP has been explicitly disabled"

// strictly is the session's configuration with the fallback forbidden, unless the caller has decided.
func strictly(config map[string]string) map[string]string {
	if _, decided := config[noFallback]; decided {
		return config
	}
	strict := maps.Clone(config)
	if strict == nil {
		strict = map[string]string{}
	}
	strict[noFallback] = "1"
	return strict
}

// place opens the model on a GPU provider, and proves that its nodes run there.
func (s *session) place(ctx context.Context) error {
	lenient := s.options.Config
	s.options.Config = strictly(lenient)
	err := s.open()
	if err == nil || !strings.Contains(err.Error(), fellBack) {
		return err
	}
	if lenient[noFallback] == "1" {
		return err
	}
	s.options.Config = lenient
	if err := s.open(); err != nil {
		return err
	}
	plan, err := s.Plan(ctx)
	if err != nil {
		return err
	}
	return placed(plan, s.options.Provider)
}

// placed reports the nodes that run elsewhere than on the provider and do more than compute sizes.
func placed(plan backends.Plan, provider string) error {
	var stray []string
	for _, step := range plan.Steps {
		if !step.ShapesOnly && !runsOn(step, provider) {
			stray = append(stray, fmt.Sprintf("%s (%s)", step.Name, step.Op))
		}
	}
	if len(stray) == 0 {
		return nil
	}
	const most = 5
	more := ""
	if len(stray) > most {
		more = fmt.Sprintf(" and %d more", len(stray)-most)
		stray = stray[:most]
	}
	return fmt.Errorf("onnxruntime does not run every node on %s: %s%s run elsewhere; acdeploy inspect shows the operators", title(provider), strings.Join(stray, ", "), more)
}

// runsOn reports whether a kernel runs on the provider.
func runsOn(step backends.Step, provider string) bool {
	return strings.EqualFold(strings.TrimSuffix(step.Provider, "ExecutionProvider"), provider)
}

// compiled is how onnxruntime calls the operator of a part of the graph that TensorRT compiled, followed by a
// hash of the model.
const compiled = "TRTKernel"

// markCompiled marks the kernels that TensorRT made of many nodes, and leaves the model out of their operator.
func markCompiled(plan backends.Plan) backends.Plan {
	for i, step := range plan.Steps {
		if strings.HasPrefix(step.Op, compiled) {
			plan.Steps[i].Op, plan.Steps[i].Opaque = compiled, true
		}
	}
	return plan
}

// markShapes marks the kernels that a GPU provider leaves to the CPU because they compute sizes of other
// tensors: all that they take and give is whole numbers or truth values, but for the tensor whose size is
// asked.
func markShapes(plan backends.Plan, provider string) backends.Plan {
	if provider == "" || provider == "cpu" {
		return plan
	}
	for i, step := range plan.Steps {
		plan.Steps[i].ShapesOnly = runsOn(step, "cpu") && onlyIntegers(step)
	}
	return plan
}

// onlyIntegers reports whether the details of a kernel tell of whole numbers only. Details that it cannot
// read tell of something else.
func onlyIntegers(step backends.Step) bool {
	inputs, outputs, ok := strings.Cut(step.Detail, " -> ")
	if !ok || outputs == "" {
		return false
	}
	if step.Op == "Shape" || step.Op == "Size" {
		inputs = ""
	}
	for word := range strings.FieldsSeq(inputs + " " + outputs) {
		typ, _, ok := strings.Cut(word, "[")
		if !ok || typ != "int64" && typ != "int32" && typ != "bool" {
			return false
		}
	}
	return true
}
