package lab

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/tensor"
)

// steady is a lab without spread, in which a model takes as long as it is told to.
func steady() *Lab { return &Lab{Latency: map[string]float64{"base": 1000, "slow": 3000}} }

func engineOf(l *Lab) *engine { return &engine{Lab: l, rng: rand.New(rand.NewPCG(1, 2))} }

func open(t *testing.T, b backends.Backend, model string) backends.Session {
	t.Helper()
	s, err := b.Open(t.Context(), Model(model), backends.Tuning{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestRunTakesTheLatency moves the lab's clock by the latency of the model, and no other clock.
func TestRunTakesTheLatency(t *testing.T) {
	l := steady()
	l.Outputs = map[string]float64{"slow": 5}
	e := engineOf(l)
	for _, c := range []struct {
		model  string
		now    int64
		answer float64
	}{{"base", 1000, 1}, {"slow", 4000, 5}} {
		out, err := open(t, e, c.model).Run(t.Context(), tensor.Map{"x": tensor.Of([]int64{1}, float32(0))})
		if err != nil {
			t.Fatal(err)
		}
		if got := out["y"].Float64s(); e.now != c.now || !slices.Equal(got, []float64{c.answer, 1}) {
			t.Errorf("%s: the clock is at %d, the answer is %v", c.model, e.now, got)
		}
	}
}

// TestNoise spreads the sessions, spreads the runs of one session, or lets them grow with time.
func TestNoise(t *testing.T) {
	// runs is how long two runs in each of two sessions take.
	runs := func(l *Lab) (out [4]int64) {
		e := engineOf(l)
		for i := range 2 {
			s := open(t, e, "base")
			for j := range 2 {
				before := e.now
				if _, err := s.Run(t.Context(), nil); err != nil {
					t.Fatal(err)
				}
				out[2*i+j] = e.now - before
			}
		}
		return out
	}
	if got := runs(steady()); got != [4]int64{1000, 1000, 1000, 1000} {
		t.Errorf("without noise: %v", got)
	}
	l := steady()
	l.UnitSD = 0.1
	if got := runs(l); got[0] != got[1] || got[2] != got[3] || got[0] == got[2] {
		t.Errorf("between sessions: %v", got)
	}
	l = steady()
	l.RunSD = 0.1
	if got := runs(l); got[0] == got[1] || got[2] == got[3] {
		t.Errorf("between runs: %v", got)
	}
	if again := runs(l); again != runs(l) {
		t.Errorf("the same seed gives other latencies: %v", again)
	}
	l = steady()
	l.Drift = 1e5
	if got := runs(l); !slices.IsSorted(got[:]) || got[0] == got[3] {
		t.Errorf("with drift: %v", got)
	}
}

func TestEngineRefuses(t *testing.T) {
	l := steady()
	l.Refuse, l.Absent = errors.New("too large"), errors.New("not here")
	e := engineOf(l)
	if _, err := e.Open(t.Context(), Model("base"), backends.Tuning{}); !errors.Is(err, l.Refuse) {
		t.Errorf("open: %v", err)
	}
	if _, err := (selfTimed{e}).Open(t.Context(), Model("base"), backends.Tuning{}); !errors.Is(err, l.Refuse) {
		t.Errorf("open an engine that times itself: %v", err)
	}
	if err := e.Check(t.Context()); !errors.Is(err, l.Absent) {
		t.Errorf("check: %v", err)
	}
}

// TestPlan tells a plan where the lab has a provider, and none where it has none.
func TestPlan(t *testing.T) {
	type planner interface {
		Plan(ctx context.Context) (backends.Plan, error)
	}
	l := steady()
	if _, ok := open(t, engineOf(l), "base").(planner); ok {
		t.Error("an engine without a provider has plans")
	}
	l.Provider = "cuda"
	s, ok := open(t, engineOf(l), "base").(planner)
	if !ok {
		t.Fatal("there is no plan")
	}
	if plan, err := s.Plan(t.Context()); err != nil || len(plan.Steps) != 1 || plan.Steps[0].Provider != "cuda" {
		t.Errorf("got %+v, %v", plan, err)
	}
}

// TestStopwatch times runs alone; the second that starting takes passes on the clock but is not in them.
func TestStopwatch(t *testing.T) {
	e := selfTimed{engineOf(steady())}
	s, ok := open(t, e, "base").(backends.Timer)
	if !ok {
		t.Fatal("it does not time itself")
	}
	times, err := s.Time(t.Context(), nil, backends.Timing{Runs: 3})
	if err != nil || !slices.Equal(times.Runs, []int64{1000, 1000, 1000}) || times.Clock != e.Describe().Clock {
		t.Errorf("got %+v, %v", times, err)
	}
	if want := int64(time.Second) + 3000; e.now != want {
		t.Errorf("the clock is at %d, want %d", e.now, want)
	}
}
