package ort

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/backends/ort/internal/ortc"
	"github.com/acdeploy/acdeploy/internal/osfile"
	"github.com/acdeploy/acdeploy/tensor"
)

// Plan runs the model under onnxruntime's profiler, in a session of its own so that no timed run
// is profiled, and lists the kernels in the order in which they started: types, shapes and providers from
// the profile, attributes from the graph as the library optimised it. The inputs are those of the last run
// or binding, else zeros with every open dimension 1. Where the library cannot write its graph, as with
// nodes that an accelerator compiled, attributes are left out.
//
// On the CPU a step has its time, the median of the runs. On a GPU the profiler sees a kernel's launch alone, so
// the steps have none, and one run is enough.
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
	plan, err := parseProfile(profile, provider == "cpu")
	if err != nil {
		return plan, err
	}
	plan = markCompiled(markShapes(plan, provider)) // by types and shapes, so before attributes join them
	describeKernels(plan.Steps, graph)
	plan.Bytes = int64(len(graph))
	return plan, nil
}

// profile is what the profiler writes about some runs, and the optimised graph, nil where there is none.
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

// How often a model runs under the profiler: so often, unless it takes longer than that.
const (
	profiledRuns = 20
	profiledFor  = time.Second
)

// profileWith runs as often as it takes; the files are complete when it returns.
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
	start := time.Now()
	out, err := s.learn(ctx, free, values, in)
	defer func() { closeAll(out) }()
	for n := 1; err == nil && options.Provider == "cpu" && n < profiledRuns && time.Since(start) < profiledFor; n++ {
		err = runOnce(ctx, free, values, out)
	}
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
