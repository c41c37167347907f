package tensorrt

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/acdeploy/acdeploy/backends"
)

// Plan lists the layers of the engine of the last run, else of the only one. After a run they come with the
// times that they take under trtexec's profiler, in a process of its own, so that no timed run is profiled.
func (s *session) Plan(ctx context.Context) (backends.Plan, error) {
	fail := func(err error) (backends.Plan, error) {
		return backends.Plan{}, fmt.Errorf("plan of %s: %w", s.model.Name, err)
	}
	switch {
	case s.closed:
		return fail(errClosed)
	case s.last == nil:
		return fail(errors.New("the model has symbolic shapes, and has not run yet"))
	}
	text, err := os.ReadFile(filepath.Join(s.last.folder, layersFile))
	if err != nil {
		return fail(err)
	}
	plan, err := parseLayers(text)
	if err != nil {
		return fail(err)
	}
	plan.Note = s.last.timings.note()
	if s.inputs == nil {
		return plan, nil
	}
	times, err := s.profile(ctx)
	if err != nil {
		plan.Note += "; its layers were not timed: " + err.Error()
	}
	for i, step := range plan.Steps {
		plan.Steps[i].Nanoseconds = times[step.Name]
	}
	return plan, nil
}

const (
	profiledRuns   = 50
	profiledWarmUp = 200 // milliseconds
)

// profile times the layers of the last engine, by their names.
func (s *session) profile(ctx context.Context) (times map[string]int64, err error) {
	settings := s.settings
	settings.cudaGraph, settings.iterations, settings.warmUp = false, profiledRuns, profiledWarmUp
	err = s.within(s.last, s.inputs, func(e *engine, folder string) error {
		flags, err := s.program.profileFlags(settings, e.plan(), e.shapes, inputNames(s.model.Inputs))
		if err != nil {
			return err
		}
		if err := s.judge(ctx, stepLayers, s.trtexec(ctx, folder, flags), timeEcho(settings)); err != nil {
			return err
		}
		text, err := os.ReadFile(filepath.Join(folder, layerTimes))
		if err != nil {
			return &Fault{stepLayers, failed, "it wrote no times", remedyFlags}
		}
		times, err = parseProfile(text)
		return err
	})
	return times, err
}
