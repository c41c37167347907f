package ort

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/backends/ort/internal/ortc"
	"github.com/acdeploy/acdeploy/internal/osfile"
	"github.com/acdeploy/acdeploy/tensor"
)

// Plan runs the model once under onnxruntime's profiler, in a session of its own so that no timed run
// is profiled, and lists the kernels in the order in which they started: types, shapes and providers from
// the profile, attributes from the graph as the library optimised it. The inputs are those of the last run
// or binding, else zeros with every open dimension 1. Where the library cannot write its graph, as with
// nodes that an accelerator compiled, attributes are left out.
func (s *session) Plan(ctx context.Context) (backends.Plan, error) {
	if s.closed {
		return backends.Plan{}, fmt.Errorf("plan of %s: the session is closed", s.model.Name)
	}
	profile, graph, err := s.profile(ctx)
	if err != nil {
		return backends.Plan{}, fmt.Errorf("plan of %s: %w", s.model.Name, err)
	}
	plan, err := planOf(profile, graph, s.options.Provider)
	if err != nil {
		return backends.Plan{}, fmt.Errorf("plan of %s: read the profile: %w", s.model.Name, err)
	}
	return plan, nil
}

// planOf makes a plan of a profile and of the optimised graph, nil where there is none.
func planOf(profile, graph []byte, provider string) (backends.Plan, error) {
	plan, err := parseProfile(profile)
	if err != nil {
		return plan, err
	}
	plan = markCompiled(markShapes(plan, provider)) // by types and shapes, so before attributes join them
	describeKernels(plan.Steps, graph)
	plan.Bytes = int64(len(graph))
	return plan, nil
}

// profile is what the profiler writes about one run, and the optimised graph, nil where there is none.
func (s *session) profile(ctx context.Context) (profile, graph []byte, err error) {
	// The library stamps the profile's name with the time, so it gets a folder of its own.
	folder, remove, err := osfile.MakeScratch("profile")
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = remove() }() // what stays is swept
	options := s.options
	options.Profile, options.Optimized = filepath.Join(folder, "run"), filepath.Join(folder, "optimized.onnx")
	if err := s.profileWith(ctx, options); err != nil {
		_ = os.Remove(options.Optimized)
		options.Optimized = ""
		options.Profile = filepath.Join(folder, "again")
		if err := s.profileWith(ctx, options); err != nil {
			return nil, nil, err
		}
	}
	files, err := filepath.Glob(options.Profile + "*.json")
	if err != nil {
		return nil, nil, err
	}
	if len(files) != 1 {
		return nil, nil, errors.New("onnxruntime wrote no profile")
	}
	if profile, err = os.ReadFile(files[0]); err != nil || options.Optimized == "" {
		return profile, nil, err
	}
	graph, err = os.ReadFile(options.Optimized)
	return profile, graph, err
}

// profileWith runs once; the files are complete when it returns.
func (s *session) profileWith(ctx context.Context, options ortc.Options) error {
	in := s.last
	if in == nil {
		var err error
		if in, err = zeros(s.io.Inputs); err != nil {
			return err
		}
	}
	values, err := inputs(s.io.Inputs, in)
	if err != nil {
		return err
	}
	defer closeAll(values)
	free, err := ortc.Open(s.model.Path, s.io, options)
	if err != nil {
		return err
	}
	defer free.Close()
	out, err := s.learn(ctx, free, values, in)
	closeAll(out)
	return err
}

// zeros are tensors of the declared shapes, with 1 for every dimension that is open.
func zeros(specs []tensor.Spec) (tensor.Map, error) {
	in := tensor.Map{}
	for _, spec := range specs {
		shape := make([]int64, len(spec.Shape))
		for i, d := range spec.Shape {
			shape[i] = 1
			if d.Size >= 0 {
				shape[i] = d.Size
			}
		}
		n, err := tensor.Count(shape)
		if err != nil {
			return nil, fmt.Errorf("input %s: %w", spec.Name, err)
		}
		if spec.Type == tensor.String {
			in[spec.Name], err = tensor.NewStrings(shape, make([]string, n))
		} else {
			in[spec.Name], err = tensor.New(spec.Type, shape, make([]byte, spec.Type.ByteSize(n)))
		}
		if err != nil {
			return nil, fmt.Errorf("input %s: %w", spec.Name, err)
		}
	}
	return in, nil
}

// event is one line of a profile.
type event struct {
	Category string `json:"cat"`
	Name     string `json:"name"`
	Start    int64  `json:"ts"` // microseconds
	Args     struct {
		Op       string               `json:"op_name"`
		Provider string               `json:"provider"`
		Index    string               `json:"node_index"`
		Inputs   []map[string][]int64 `json:"input_type_shape"`
		Outputs  []map[string][]int64 `json:"output_type_shape"`
	} `json:"args"`
}

// kernelSuffix marks the events that stand for the run of a kernel.
const kernelSuffix = "_kernel_time"

// parseProfile lists the kernels of the last run in a profile by their start. Earlier runs may have
// ended early.
func parseProfile(data []byte) (backends.Plan, error) {
	var events []event
	if err := json.Unmarshal(data, &events); err != nil {
		return backends.Plan{}, err
	}
	sort.SliceStable(events, func(i, j int) bool { return events[i].Start < events[j].Start })
	plan := backends.Plan{}
	for _, e := range events {
		if e.Category == "Session" && e.Name == "model_run" {
			plan.Steps = nil
		}
		name, ok := strings.CutSuffix(e.Name, kernelSuffix)
		if e.Category != "Node" || !ok {
			continue
		}
		plan.Steps = append(plan.Steps, backends.Step{
			Name:     name,
			Op:       e.Args.Op,
			Provider: e.Args.Provider,
			Detail:   typesAndShapes(e.Args.Inputs) + " -> " + typesAndShapes(e.Args.Outputs),
		})
	}
	if len(plan.Steps) == 0 {
		return plan, errors.New("the profile lists no kernel")
	}
	return plan, nil
}

// typesAndShapes writes a profile's list of tensors: float[1,3,32,32] float[16].
func typesAndShapes(list []map[string][]int64) string {
	var parts []string
	for _, item := range list {
		for typ, shape := range item {
			parts = append(parts, typ+"["+tensor.FormatShape(shape)+"]")
		}
	}
	return strings.Join(parts, " ")
}
