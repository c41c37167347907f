package tensorrt

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/acdeploy/acdeploy/internal/osfile"
)

// engine is a built engine for one set of shapes.
type engine struct {
	folder   string
	shapes   []named
	owned    bool     // the session removes the folder
	timings  timings  // by which its kernels were chosen
	warnings []string // of the build
}

func (e *engine) plan() string { return filepath.Join(e.folder, planFile) }

// timings says by which timings the kernels of an engine were chosen.
type timings string

const (
	timingsKept timings = "kept" // those that were in the timing cache, and no others
	timingsNew  timings = "new"  // some were made when the engine was built
)

// note says it in one sentence without a full stop.
func (t timings) note() string {
	if t == timingsKept {
		return "its kernels were chosen by the timings that the timing cache held, and by no others"
	}
	return "kernels of it were timed when it was built"
}

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
	here := visibleGPUs(ctx)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	kept := ""
	if !s.backend.Rebuild {
		kept = filepath.Join(cache, timingCacheName(s.program.version, here, s.settings.device))
		if err := osfile.CheckExposed(kept); !errors.Is(err, fs.ErrNotExist) && err != nil {
			return nil, refused(err)
		}
	}
	flags, err := s.program.buildFlags(s.settings, s.path, kept, shapes)
	if err != nil {
		return nil, err
	}
	k, cacheable, err := s.key(here, flags)
	if err != nil {
		return nil, err
	}
	if cacheable {
		if folder, known, ok := k.load(cache); ok {
			return &engine{folder: folder, shapes: shapes, timings: known.Timings, warnings: known.Warnings}, nil
		}
	}
	e, record, err := s.assemble(ctx, cache, flags, kept)
	if err != nil {
		return nil, err
	}
	e.shapes, record.Key = shapes, k
	if !cacheable {
		return e, nil
	}
	built := e.folder
	if e.folder, err = record.store(cache, built); err != nil {
		return nil, errors.Join(fmt.Errorf("keep the engine of %s: %w", s.model.Name, err), os.RemoveAll(built))
	}
	e.owned = false
	return e, nil
}

// timingCacheName is the file with the timings of kernels that all engines of one TensorRT on one GPU share, so
// that the same layer gets the same kernel. Times of one GPU are none of another.
func timingCacheName(v version, here identity, device int) string {
	return fmt.Sprintf("timing-%s-%.12s.cache", v, digestText(here.gpus, here.visible, fmt.Sprint(device)))
}

// assemble builds an engine with the timings that the file kept holds, if it can be with them alone, else with
// new ones that are added to it. A TensorRT that cannot be held to that tells by the file.
func (s *session) assemble(ctx context.Context, cache string, flags []string, kept string) (*engine, sidecar, error) {
	before, _ := osfile.SHA256(kept) // "" where there is none
	pinned := before != "" && s.program.has(pinFlag)
	if pinned {
		flags = append(slices.Clip(flags), "--"+pinFlag)
	}
	folder, warned, err := s.build(ctx, cache, flags)
	if fault, ok := errors.AsType[*Fault](err); pinned && ok && fault.Kind == failed {
		flags, pinned = flags[:len(flags)-1], false
		folder, warned, err = s.build(ctx, cache, flags)
	}
	if err != nil {
		return nil, sidecar{}, err
	}
	after, _ := osfile.SHA256(kept)
	e := &engine{folder: folder, owned: true, timings: timingsNew, warnings: warned}
	// From 11 on a kernel that is not held may not stop the build, and before 10 nothing does.
	if before != "" && after == before || pinned && s.program.version.major == 10 {
		e.timings = timingsKept
	}
	return e, sidecar{
		CommandLine: commandLine(s.program.path, flags), TimingBefore: before, TimingAfter: after, Timings: e.timings, Warnings: warned,
	}, nil
}

// key is what the engine depends on. An engine is kept only where all of that is known.
func (s *session) key(here identity, flags []string) (k key, cacheable bool, err error) {
	// The model's own bytes count, not where it lies; the first flag names it.
	k = key{
		TensorRT: s.program.version.String() + s.program.version.build, Flags: flags[1:],
		GPUs: here.gpus, Visible: here.visible, TF32: os.Getenv("NVIDIA_TF32_OVERRIDE"),
	}
	if k.Model, err = digestModel(s.path); err != nil {
		return k, false, fmt.Errorf("read model %s: %w", s.model.Name, err)
	}
	if s.backend.Rebuild || here.gpus == "" {
		return k, false, nil
	}
	k.Trtexec, err = osfile.SHA256(s.program.path)
	return k, err == nil, err
}

// build has trtexec build an engine in a folder of its own, next to its final place. A build that failed
// leaves nothing; some versions would leave an empty engine.
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
