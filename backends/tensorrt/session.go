package tensorrt

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/catalog"
	"github.com/acdeploy/acdeploy/internal/osfile"
	"github.com/acdeploy/acdeploy/tensor"
)

// session is a model with the engines that were built for it.
type session struct {
	backend  *TensorRT
	program  program
	settings settings
	model    backends.Model
	path     string             // of the model, absolute
	engines  map[string]*engine // by the shapes of the inputs that the model leaves open
	last     *engine            // of the last run
	inputs   tensor.Map         // of the last run, on which Plan times the layers
	closed   bool
}

var (
	_ backends.Session = (*session)(nil)
	_ backends.Timer   = (*session)(nil)
	_ backends.Planner = (*session)(nil)
)

var errClosed = errors.New("the session is closed")

// Open checks that TensorRT can carry the model's inputs and outputs. Where all sizes are fixed it gets the
// engine at once, else with the first run, since an engine is for certain shapes.
func (t *TensorRT) Open(ctx context.Context, model backends.Model, tuning backends.Tuning) (backends.Session, error) {
	t, err := t.tuned(tuning)
	if err != nil {
		return nil, err
	}
	p, err := t.program(ctx)
	if err != nil {
		return nil, err
	}
	fail := func(err error) (backends.Session, error) {
		return nil, fmt.Errorf("open %s in TensorRT: %w", model.Name, err)
	}
	if err := p.checkInterface(model); err != nil {
		return fail(err)
	}
	s := &session{backend: t, program: p, settings: t.settings(), model: model, engines: map[string]*engine{}}
	if s.path, err = filepath.Abs(model.Path); err != nil {
		return fail(err)
	}
	if _, err := digestModel(s.path); err != nil {
		return fail(err)
	}
	if fixed(model.Inputs) {
		if s.last, err = s.engine(ctx, nil); err != nil {
			return fail(err)
		}
	}
	return s, nil
}

// fixed reports whether the model leaves no size open.
func fixed(specs []tensor.Spec) bool {
	for _, spec := range specs {
		if slices.ContainsFunc(spec.Shape, func(d tensor.Dim) bool { return d.Size < 0 }) {
			return false
		}
	}
	return true
}

// checkInterface refuses what cannot be handed to trtexec, before it is.
func (p program) checkInterface(model backends.Model) error {
	if len(model.Inputs) == 0 || len(model.Outputs) == 0 {
		return errors.New("the model has no inputs or no outputs; there is nothing to run")
	}
	for _, spec := range model.Inputs {
		if !p.carries(spec.Type) {
			return fmt.Errorf("input %s: TensorRT %s does not take a value of type %s", spec.Name, p.version, spec.Type)
		}
		if !spec.Ranked {
			return fmt.Errorf("input %s: TensorRT needs an input shape; export the model with its input shapes", spec.Name)
		}
		if _, err := quote(spec.Name); err != nil {
			return err
		}
	}
	for _, spec := range model.Outputs {
		if !p.carries(spec.Type) {
			return fmt.Errorf("output %s: TensorRT %s does not give a value of type %s", spec.Name, p.version, spec.Type)
		}
	}
	return nil
}

// Run computes all outputs from all inputs in a process of its own. The outputs are the very bytes that
// TensorRT computed.
func (s *session) Run(ctx context.Context, in tensor.Map) (tensor.Map, error) {
	var out tensor.Map
	err := s.load(ctx, in, func(e *engine, folder string) error {
		flags, err := s.program.runFlags(s.settings, e.plan(), e.shapes, inputNames(s.model.Inputs))
		if err != nil {
			return err
		}
		said := s.trtexec(ctx, folder, flags)
		if err := s.judge(ctx, stepRun, said, runEcho(s.settings)); err != nil {
			return err
		}
		out, err = readOutputs(folder, said.stdout, s.model.Outputs)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("run %s: %w", s.model.Name, err)
	}
	return out, nil
}

// longest bounds what is asked of one process: the clock of the runs has fewer digits the longer it runs.
const longest = 20_000

// Time has trtexec run the engine on the inputs and time itself: the time of the GPU in each run.
func (s *session) Time(ctx context.Context, in tensor.Map, ask backends.Timing) (backends.Times, error) {
	times := backends.Times{Clock: backends.ClockGPU}
	err := s.load(ctx, in, func(e *engine, folder string) error {
		settings := s.settings
		settings.iterations = min(max(ask.Runs, 1), longest)
		settings.warmUp = int(max(ask.WarmUp, 0) / time.Millisecond)
		flags, err := s.program.timeFlags(settings, e.plan(), e.shapes, inputNames(s.model.Inputs))
		if err != nil {
			return err
		}
		said := s.trtexec(ctx, folder, flags)
		if err := s.judge(ctx, stepTime, said, timeEcho(settings)); err != nil {
			return err
		}
		// From 10 on success is said; before, only failure is.
		if settings.cudaGraph && s.program.version.major >= 10 && !strings.Contains(said.stdout, "Successfully captured CUDA graph") {
			return &Fault{stepTime, failed, "it does not say that it captured the model as a CUDA graph", remedyGraph}
		}
		text, err := os.ReadFile(filepath.Join(folder, timesFile))
		if err != nil {
			return &Fault{stepTime, failed, "it wrote no times", remedyFlags}
		}
		if times.Runs, err = parseTimes(text); err != nil {
			return fmt.Errorf("read the times of trtexec: %w", err)
		}
		if len(times.Runs) < settings.iterations {
			return fmt.Errorf("read the times of trtexec: %d runs instead of %d", len(times.Runs), settings.iterations)
		}
		times.Warnings = slices.Concat(e.warnings, warnings(said))
		return nil
	})
	if err != nil {
		return backends.Times{}, fmt.Errorf("time %s: %w", s.model.Name, err)
	}
	return times, nil
}

// load checks the inputs, and gets the engine for their shapes for use in a folder that holds the inputs.
func (s *session) load(ctx context.Context, in tensor.Map, use func(e *engine, folder string) error) error {
	if s.closed {
		return errClosed
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := checkInputs(s.model.Inputs, in); err != nil {
		return err
	}
	shapes := openShapes(s.model.Inputs, in)
	e, err := s.engine(ctx, shapes)
	if err != nil {
		return err
	}
	err = s.within(e, in, use)
	var fault *Fault
	if !errors.As(err, &fault) || fault.Kind != engineAbsent {
		return err
	}
	// TensorRT does not take an engine that was built under the same key: something changed that the key
	// does not hold. It is built again, once.
	if err := s.forget(e); err != nil {
		return err
	}
	if e, err = s.engine(ctx, shapes); err != nil {
		return err
	}
	return s.within(e, in, use)
}

// within writes the inputs into a fresh folder for use of the engine.
func (s *session) within(e *engine, in tensor.Map, use func(e *engine, folder string) error) error {
	s.last, s.inputs = e, in
	folder, remove, err := osfile.MakeScratch("tensorrt")
	if err != nil {
		return err
	}
	defer func() { _ = remove() }() // what stays is swept
	if err := writeInputs(folder, s.model.Inputs, in); err != nil {
		return err
	}
	return use(e, folder)
}

// checkInputs reports every input that is missing, unknown, or of another type or shape.
func checkInputs(specs []tensor.Spec, in tensor.Map) error {
	var errs []error
	names := inputNames(specs)
	for _, spec := range specs {
		t := in[spec.Name]
		switch {
		case t == nil:
			errs = append(errs, fmt.Errorf("input %s is missing", spec.Name))
		case t.Type() != spec.Type || !fits(spec, t.Shape()):
			errs = append(errs, fmt.Errorf("input %s is %s[%s], and the model takes %s", spec.Name, t.Type(), tensor.FormatShape(t.Shape()), spec))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(in)) {
		if !slices.Contains(names, name) {
			errs = append(errs, fmt.Errorf("input %q is not known%s; the model takes %s", name, catalog.Suggest(name, names), strings.Join(names, ", ")))
		}
	}
	return errors.Join(errs...)
}

// fits reports whether a tensor of that shape is one that the spec declares.
func fits(spec tensor.Spec, shape []int64) bool {
	return slices.EqualFunc(spec.Shape, shape, func(d tensor.Dim, size int64) bool { return d.Size < 0 || d.Size == size })
}

// Close removes the engines that are not kept; a second call does nothing.
func (s *session) Close() error {
	var errs []error
	for _, e := range s.engines {
		if e.owned {
			errs = append(errs, os.RemoveAll(e.folder))
		}
	}
	s.engines, s.last, s.inputs, s.closed = nil, nil, nil, true
	return errors.Join(errs...)
}
