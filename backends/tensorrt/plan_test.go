//go:build unix

package tensorrt

import (
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/tensor"
)

func TestPlanHasTheTimesOfTheLayers(t *testing.T) {
	in := tensor.Map{"x": numbers(3)}
	for _, version := range versions() {
		s := open(t, trtexec(t, version), double(t, "x", "y", 3))
		plan := func() backends.Step {
			t.Helper()
			p, err := s.Plan(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			return p.Steps[0]
		}
		if step := plan(); step.Nanoseconds != 0 {
			t.Errorf("%s: a time without a run: %+v", version, step)
		}
		if _, err := s.Run(t.Context(), in); err != nil {
			t.Fatal(err)
		}
		if step := plan(); step.Nanoseconds != 25_000 {
			t.Errorf("%s: step is %+v, want 25 µs", version, step)
		}
	}
	s := open(t, trtexec(t, "10.9.0 no_profile"), double(t, "x", "y", 3))
	if _, err := s.Run(t.Context(), in); err != nil {
		t.Fatal(err)
	}
	p, err := s.Plan(t.Context())
	if err != nil || p.Steps[0].Nanoseconds != 0 || !strings.Contains(p.Note, "its layers were not timed: trtexec could not time the engine's layers: it wrote no times") {
		t.Errorf("plan is %+v, %v", p, err)
	}
}

func TestPlanHasCanonicalNames(t *testing.T) {
	plan := func(version, input, output string) string {
		s := open(t, trtexec(t, version), double(t, input, output, 3))
		p, err := s.Plan(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return p.Steps[0].Op + " " + p.Steps[0].Detail
	}
	for _, version := range versions() {
		if a, b := plan(version, "x", "y"), plan(version, "other", "names"); a != b {
			t.Errorf("%s: %q and %q differ by names", version, a, b)
		}
	}
	s := open(t, trtexec(t, "10.9.0"), double(t, "x", "y", -1))
	if _, err := s.Plan(t.Context()); err == nil {
		t.Error("a session that has no engine yet gave a plan")
	}
}
