package tensorrt

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/acdeploy/acdeploy/backends"
)

// engine is a built engine for one set of shapes.
type engine struct {
	folder   string
	shapes   []named
	owned    bool     // the session removes the folder
	warnings []string // of the build
}

func (e *engine) plan() string { return filepath.Join(e.folder, planFile) }

// timingCacheName is the file with the timings of kernels that all engines of one TensorRT share, so that the
// same layer gets the same kernel.
const timingCacheName = "timing-%s.cache"

// engine returns the engine for the shapes: the session's own, one of the cache, or a new one.
func (s *session) engine(ctx context.Context, shapes []named) (*engine, error) {
	spec, err := shapeSpec(shapes)
	if err != nil {
		return nil, err
	}
	if e := s.engines[spec]; e != nil {
		return e, nil
	}
	e, err := s.find(ctx, shapes)
	if err != nil {
		return nil, err
	}
	s.engines[spec] = e
	return e, nil
}

// forget removes an engine, from the cache too.
func (s *session) forget(e *engine) error {
	for spec, known := range s.engines {
		if known == e {
			delete(s.engines, spec)
		}
	}
	return os.RemoveAll(e.folder)
}

// find looks into the cache, and builds what it does not have.
func (s *session) find(ctx context.Context, shapes []named) (*engine, error) {
	cache, err := s.backend.folder()
	if err != nil {
		return nil, err
	}
	timings := ""
	if !s.backend.Rebuild {
		timings = filepath.Join(cache, fmt.Sprintf(timingCacheName, s.program.version))
	}
	flags, err := s.program.buildFlags(s.settings, s.path, timings, shapes)
	if err != nil {
		return nil, err
	}
	k, cacheable, err := s.key(ctx, flags)
	if err != nil {
		return nil, err
	}
	if cacheable {
		if folder, ok := k.load(cache); ok {
			return &engine{folder: folder, shapes: shapes}, nil
		}
	}
	record := sidecar{Key: k, CommandLine: commandLine(s.program.path, flags)}
	record.TimingBefore, _ = digestFile(timings) // "" where there is none
	built, said, err := s.build(ctx, cache, flags)
	if err != nil {
		return nil, err
	}
	record.TimingAfter, _ = digestFile(timings)
	e := &engine{folder: built, shapes: shapes, owned: true, warnings: said}
	if !cacheable {
		return e, nil
	}
	if e.folder, err = record.store(cache, built); err != nil {
		return nil, errors.Join(fmt.Errorf("keep the engine of %s: %w", s.model.Name, err), os.RemoveAll(built))
	}
	e.owned = false
	return e, nil
}

// key is what the engine depends on. An engine is kept only where all of that is known.
func (s *session) key(ctx context.Context, flags []string) (k key, cacheable bool, err error) {
	// The model's own bytes count, not where it lies; the first flag names it.
	k = key{
		TensorRT: s.program.version.String() + s.program.version.build, Flags: flags[1:],
		Visible: os.Getenv("CUDA_VISIBLE_DEVICES") + " " + os.Getenv("CUDA_DEVICE_ORDER"), TF32: os.Getenv("NVIDIA_TF32_OVERRIDE"),
	}
	if k.Model, err = digestModel(s.path); err != nil {
		return k, false, fmt.Errorf("read model %s: %w", s.model.Name, err)
	}
	if s.backend.Rebuild {
		return k, false, nil
	}
	if k.Trtexec, err = digestFile(s.program.path); err != nil {
		return k, false, err
	}
	if k.GPUs, err = gpus(ctx); err != nil {
		return k, false, ctx.Err()
	}
	return k, true, nil
}

// build has trtexec build an engine in a folder of its own, beside its final place. A build that failed
// leaves nothing behind; some versions would leave an empty engine.
func (s *session) build(ctx context.Context, cache string, flags []string) (folder string, warned []string, err error) {
	made, err := os.MkdirTemp(cache, ".partial-")
	if err != nil {
		return "", nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(made))
		}
	}()
	out := s.trtexec(ctx, made, flags)
	if err := s.judge(ctx, stepBuild, out, s.program.buildEcho(s.settings)); err != nil {
		return "", nil, err
	}
	info, err := os.Stat(filepath.Join(made, planFile))
	if err != nil || info.Size() == 0 {
		return "", nil, &Fault{stepBuild, failed, "it wrote no engine" + reasonOf(out), "a larger workspace may help"}
	}
	layers, err := os.ReadFile(filepath.Join(made, layersFile))
	if err != nil {
		return "", nil, &Fault{stepBuild, failed, "it did not describe the engine's layers", remedyFlags}
	}
	if _, err := parseLayers(layers); err != nil {
		return "", nil, fmt.Errorf("read the layers of the engine: %w", err)
	}
	return made, warnings(out), nil
}

// judge asks that a run of trtexec succeeded, and that it held to what was asked.
func (s *session) judge(ctx context.Context, at step, out result, want []setting) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err := diagnose(at, out); err != nil {
		return err
	}
	return held(out.stdout, want)
}

// trtexec runs the program in a folder.
func (s *session) trtexec(ctx context.Context, folder string, flags []string) result {
	return run(ctx, command{path: s.program.path, args: flags, folder: folder, timeout: s.backend.Timeout})
}

// Plan lists the layers of the engine of the last run, else of the only one.
func (s *session) Plan() (backends.Plan, error) {
	fail := func(err error) (backends.Plan, error) {
		return backends.Plan{}, fmt.Errorf("plan of %s: %w", s.model.Name, err)
	}
	switch {
	case s.closed:
		return fail(errClosed)
	case s.last == nil:
		return fail(errors.New("its shapes are open, and it has not run yet"))
	}
	text, err := os.ReadFile(filepath.Join(s.last.folder, layersFile))
	if err != nil {
		return fail(err)
	}
	plan, err := parseLayers(text)
	if err != nil {
		return fail(err)
	}
	return plan, nil
}
