// Package backendtest checks that a backend keeps its promises: it opens models, gives the answers of
// package reference, takes every batch that a model leaves open, carries every element type that it
// claims, refuses what does not fit with the input's name, stops when it is told to, and closes cleanly.
// It is public, for backends of other modules too.
package backendtest

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/backends/reference"
	"github.com/acdeploy/acdeploy/tensor"
)

// Claims are what a backend says of itself.
type Claims struct {
	// Types are the element types that inputs and outputs may have.
	Types []tensor.Type
	// Tolerance is how far answers may be from those in float64, relative to the largest magnitude of
	// the output; 0 for 1e-5, which no wrong answer of the suite's small models stays within.
	Tolerance float64
}

// Run runs the whole suite. A backend that is not there skips it with reason and remedy, and each
// check of something optional that the backend lacks is a skip that says so.
func Run(t *testing.T, b backends.Backend, claims Claims) {
	t.Helper()
	if err := b.Check(t.Context()); errors.Is(err, backends.ErrUnavailable) {
		t.Skip(err)
	} else if err != nil {
		t.Fatalf("check: %v", err)
	}
	for _, c := range checks(claims) {
		t.Run(c.name, func(t *testing.T) {
			err := c.run(t.Context(), newSuite(b, claims, t.TempDir()))
			if missing, ok := errors.AsType[lacking](err); ok {
				t.Skip(string(missing))
			} else if err != nil {
				t.Error(err)
			}
		})
	}
}

// Check runs the whole suite outside of a test and returns what failed, nil for nothing. Models are saved in the
// folder dir. What is optional and lacking is no failure; a backend that is not there is one.
func Check(ctx context.Context, b backends.Backend, claims Claims, dir string) error {
	if err := b.Check(ctx); err != nil {
		return fmt.Errorf("check: %w", err)
	}
	var errs []error
	for _, c := range checks(claims) {
		err := c.run(ctx, newSuite(b, claims, dir))
		if _, missing := errors.AsType[lacking](err); err != nil && !missing {
			errs = append(errs, fmt.Errorf("%s: %w", c.name, err))
		}
	}
	return errors.Join(errs...)
}

// check is one promise.
type check struct {
	name string
	run  func(ctx context.Context, s *suite) error
}

// lacking says which optional part a backend does not have.
type lacking string

func (l lacking) Error() string { return string(l) }

func checks(claims Claims) []check {
	list := []check{
		{"answers_as_reference", answersAsReference},
		{"any_batch", anyBatch},
		{"several_inputs_and_outputs", severalInputsAndOutputs},
		{"same_answer_again", sameAnswerAgain},
		{"inputs_stay_as_they_are", inputsStay},
		{"inputs_that_do_not_fit", refusesInputs},
		{"files_that_are_no_models", refusesFiles},
		{"cancelled", stopsWhenCancelled},
		{"close_twice", closesTwice},
		{"two_at_once", twoAtOnce},
		{"bound_run", boundRun},
		{"plan", explainsPlan},
		{"times_itself", timesItself},
		{"description", describesItself},
		{"tuning", refusesTuning},
	}
	for _, typ := range claims.Types {
		list = append(list, check{"type_" + typ.String(), func(ctx context.Context, s *suite) error { return s.carries(ctx, typ) }})
	}
	return list
}

// suite is the backend under test with a folder for models.
type suite struct {
	backend   backends.Backend
	tolerance float64
	dir       string
}

func newSuite(b backends.Backend, claims Claims, dir string) *suite {
	s := &suite{backend: b, tolerance: claims.Tolerance, dir: dir}
	if s.tolerance == 0 {
		s.tolerance = 1e-5
	}
	return s
}

// open saves a model and opens it.
func (s *suite) open(ctx context.Context, m *model) (backends.Session, error) {
	saved, err := m.save(filepath.Join(s.dir, m.name+".onnx"))
	if err != nil {
		return nil, err
	}
	session, err := s.backend.Open(ctx, saved, backends.Tuning{})
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", m.name, err)
	}
	if session == nil {
		return nil, fmt.Errorf("open %s: no session and no error", m.name)
	}
	return session, nil
}

// with opens a model for the time of use.
func (s *suite) with(ctx context.Context, m *model, use func(backends.Session) error) error {
	session, err := s.open(ctx, m)
	if err != nil {
		return err
	}
	return errors.Join(use(session), session.Close())
}

// agrees compares answers with those in float64.
func (s *suite) agrees(ctx context.Context, m *model, in, got tensor.Map) error {
	exact, err := reference.OpenGraph(m.graph)
	if err != nil {
		return err
	}
	defer func() { _ = exact.Close() }()
	want, err := exact.RunFloat64(ctx, in)
	if err != nil {
		return err
	}
	return compare(got, want, s.tolerance)
}

// runs runs a session and compares its answers.
func (s *suite) runs(ctx context.Context, session backends.Session, m *model, in tensor.Map) error {
	got, err := session.Run(ctx, in)
	if err != nil {
		return fmt.Errorf("run %s: %w", m.name, err)
	}
	return s.agrees(ctx, m, in, got)
}
