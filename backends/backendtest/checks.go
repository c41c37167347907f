package backendtest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/tensor"
)

func answersAsReference(ctx context.Context, s *suite) error {
	m := network()
	return s.with(ctx, m, func(session backends.Session) error { return s.runs(ctx, session, m, m.random(1, 1)) })
}

// anyBatch runs batches of several sizes on one session, the smaller after the larger too.
func anyBatch(ctx context.Context, s *suite) error {
	m := network()
	return s.with(ctx, m, func(session backends.Session) error {
		for i, batch := range []int64{2, 5, 1} {
			if err := s.runs(ctx, session, m, m.random(batch, uint64(i))); err != nil {
				return fmt.Errorf("batch %d: %w", batch, err)
			}
		}
		return nil
	})
}

func severalInputsAndOutputs(ctx context.Context, s *suite) error {
	m := arithmetic()
	return s.with(ctx, m, func(session backends.Session) error { return s.runs(ctx, session, m, m.random(2, 2)) })
}

// sameAnswerAgain asks that a session keeps nothing of one run for the next.
func sameAnswerAgain(ctx context.Context, s *suite) error {
	m := network()
	return s.with(ctx, m, func(session backends.Session) error {
		in := m.random(2, 3)
		first, err := session.Run(ctx, in)
		if err != nil {
			return err
		}
		if err := s.runs(ctx, session, m, m.random(2, 4)); err != nil {
			return err
		}
		again, err := session.Run(ctx, in)
		if err != nil {
			return err
		}
		return errors.Join(compare(again, first, s.tolerance), s.agrees(ctx, m, in, first))
	})
}

func inputsStay(ctx context.Context, s *suite) error {
	m := arithmetic()
	return s.with(ctx, m, func(session backends.Session) error {
		in, before := m.random(2, 5), m.random(2, 5)
		if _, err := session.Run(ctx, in); err != nil {
			return err
		}
		for name, want := range before {
			if err := same(in[name], want); err != nil {
				return fmt.Errorf("input %q after the run %w", name, err)
			}
		}
		if len(in) != len(before) {
			return fmt.Errorf("the run left %d inputs of %d", len(in), len(before))
		}
		return nil
	})
}

// refusesInputs gives inputs that do not fit. Each is an error that names the input, and the session
// works afterwards.
func refusesInputs(ctx context.Context, s *suite) error {
	m := arithmetic()
	other := tensor.Of([]int64{2, 3}, 1.0, 2, 3, 4, 5, 6)
	wrong := map[string]func(in tensor.Map){
		"missing":     func(in tensor.Map) { delete(in, "left") },
		"nil":         func(in tensor.Map) { in["left"] = nil },
		"of_a_shape":  func(in tensor.Map) { in["left"] = tensor.Of([]int64{2, 4}, make([]float32, 8)...) },
		"of_a_rank":   func(in tensor.Map) { in["left"] = tensor.Of([]int64{6}, make([]float32, 6)...) },
		"of_integers": func(in tensor.Map) { in["left"] = tensor.Of([]int64{2, 3}, int32(1), 2, 3, 4, 5, 6) },
		"unknown":     func(in tensor.Map) { in["left_over"] = other },
	}
	return s.with(ctx, m, func(session backends.Session) error {
		for fact, change := range wrong {
			in := m.random(2, 6)
			change(in)
			out, err := session.Run(ctx, in)
			switch {
			case err == nil:
				return fmt.Errorf("an input that is %s was taken, and gave %d outputs", fact, len(out))
			case !strings.Contains(err.Error(), "left"):
				return fmt.Errorf("an input that is %s: the error does not name it: %w", fact, err)
			}
		}
		return s.runs(ctx, session, m, m.random(3, 7))
	})
}

// refusesFiles opens what is no model. A backend may find out when it opens it, or when it runs.
func refusesFiles(ctx context.Context, s *suite) error {
	saved, err := network().save(filepath.Join(s.dir, "model.onnx"))
	if err != nil {
		return err
	}
	garbage := filepath.Join(s.dir, "garbage.onnx")
	if err := os.WriteFile(garbage, []byte(strings.Repeat("no model ", 99)), 0o644); err != nil {
		return err
	}
	for _, path := range []string{filepath.Join(s.dir, "absent.onnx"), garbage} {
		bad := saved
		bad.Path, bad.Name = path, filepath.Base(path)
		session, err := s.backend.Open(ctx, bad, backends.Tuning{})
		if err == nil {
			_, err = session.Run(ctx, network().random(1, 8))
			_ = session.Close()
		}
		switch {
		case err == nil:
			return fmt.Errorf("%s was opened and run", bad.Name)
		case !strings.Contains(err.Error(), bad.Name):
			return fmt.Errorf("the error does not name %s: %w", bad.Name, err)
		case errors.Is(err, backends.ErrUnavailable):
			return fmt.Errorf("%s is called a backend that is not there: %w", bad.Name, err)
		}
	}
	return nil
}

func stopsWhenCancelled(ctx context.Context, s *suite) error {
	m := network()
	return s.with(ctx, m, func(session backends.Session) error {
		ended, cancel := context.WithCancel(ctx)
		cancel()
		if _, err := session.Run(ended, m.random(1, 9)); !errors.Is(err, context.Canceled) {
			return errors.Join(errors.New("a cancelled run did not end with the error of its context"), err)
		}
		return s.runs(ctx, session, m, m.random(1, 9))
	})
}

func closesTwice(ctx context.Context, s *suite) error {
	m := network()
	session, err := s.open(ctx, m)
	if err != nil {
		return err
	}
	for _, times := range []string{"once", "twice"} {
		if err := session.Close(); err != nil {
			return fmt.Errorf("closed %s: %w", times, err)
		}
	}
	if _, err := session.Run(ctx, m.random(1, 10)); err == nil {
		return errors.New("a closed session runs")
	}
	return nil
}

// twoAtOnce runs two sessions in two goroutines.
func twoAtOnce(ctx context.Context, s *suite) error {
	models := []*model{network(), arithmetic()}
	errs := make([]error, len(models))
	var sessions []backends.Session
	for _, m := range models {
		session, err := s.open(ctx, m)
		if err != nil {
			return err
		}
		defer func() { _ = session.Close() }()
		sessions = append(sessions, session)
	}
	var wait sync.WaitGroup
	for i, m := range models {
		wait.Go(func() {
			for seed := range uint64(3) {
				errs[i] = errors.Join(errs[i], s.runs(ctx, sessions[i], m, m.random(2, seed)))
			}
		})
	}
	wait.Wait()
	return errors.Join(errs...)
}

// boundRun asks the bound run for the answers of the free one.
func boundRun(ctx context.Context, s *suite) error {
	m := network()
	return s.with(ctx, m, func(session backends.Session) error {
		binder, ok := session.(backends.Binder)
		if !ok {
			return lacking("the backend binds no inputs")
		}
		for _, batch := range []int64{2, 1} {
			in := m.random(batch, 11)
			bound, err := binder.Bind(ctx, in)
			if err != nil {
				return fmt.Errorf("bind: %w", err)
			}
			for range 2 {
				if err := bound.Run(); err != nil {
					return fmt.Errorf("run bound: %w", err)
				}
			}
			out, err := bound.Outputs()
			if err != nil {
				return fmt.Errorf("outputs: %w", err)
			}
			if err := s.agrees(ctx, m, in, out); err != nil {
				return fmt.Errorf("bound, batch %d: %w", batch, err)
			}
		}
		return nil
	})
}

func explainsPlan(ctx context.Context, s *suite) error {
	m := network()
	return s.with(ctx, m, func(session backends.Session) error {
		planner, ok := session.(backends.Planner)
		if !ok {
			return lacking("the backend explains no plan")
		}
		if _, err := session.Run(ctx, m.random(1, 12)); err != nil {
			return err
		}
		plan, err := planner.Plan(ctx)
		if err != nil {
			return fmt.Errorf("plan: %w", err)
		}
		if len(plan.Steps) == 0 {
			return errors.New("the plan has no steps")
		}
		for _, step := range plan.Steps {
			if step.Op == "" {
				return fmt.Errorf("step %q of the plan has no op", step.Name)
			}
		}
		return nil
	})
}

// timesItself asks a backend that does for as many times as it is told, none of them negative.
func timesItself(ctx context.Context, s *suite) error {
	m := network()
	return s.with(ctx, m, func(session backends.Session) error {
		timer, ok := session.(backends.Timer)
		if !ok {
			return lacking("the backend does not time itself")
		}
		const runs = 7
		times, err := timer.Time(ctx, m.random(2, 13), backends.Timing{Runs: runs, WarmUp: time.Millisecond})
		if err != nil {
			return fmt.Errorf("time: %w", err)
		}
		if len(times.Runs) < runs || times.Clock == "" {
			return fmt.Errorf("%d times of %q, want at least %d of a named clock", len(times.Runs), times.Clock, runs)
		}
		for _, ns := range times.Runs {
			if ns < 0 {
				return fmt.Errorf("a run took %d ns", ns)
			}
		}
		return nil
	})
}

func describesItself(_ context.Context, s *suite) error {
	if s.backend.Describe().Name == "" {
		return errors.New("the description has no name")
	}
	return nil
}

// refusesTuning asks for what no engine can do: each knob is refused by its name, and none is passed over in
// silence, since a caller would then take the answers for those of a tuned engine.
func refusesTuning(ctx context.Context, s *suite) error {
	m := network()
	saved, err := m.save(filepath.Join(s.dir, "tuned.onnx"))
	if err != nil {
		return err
	}
	nowhere := -1
	for knob, tuning := range map[backends.Knob]backends.Tuning{
		backends.KnobLibrary:      {Library: filepath.Join(s.dir, "absent.so")},
		backends.KnobProvider:     {Provider: "absent_provider"},
		backends.KnobDevice:       {Device: &nowhere},
		backends.KnobPrecision:    {Precision: "fp0"},
		backends.KnobThreads:      {Threads: -1},
		backends.KnobOptimization: {Optimization: "absent_level"},
	} {
		session, err := s.backend.Open(ctx, saved, tuning)
		switch {
		case err == nil:
			_ = session.Close()
			return fmt.Errorf("a %s that cannot be was taken", knob)
		case !strings.Contains(err.Error(), string(knob)):
			return fmt.Errorf("the error does not name the %s: %w", knob, err)
		}
	}
	return s.with(ctx, m, func(session backends.Session) error { return s.runs(ctx, session, m, m.random(1, 14)) })
}
