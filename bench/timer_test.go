package bench

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/tensor"
)

// timed is a session of the lab that times itself, and remembers who ran.
type timed struct {
	*labSession
	ran  *[]string
	warn string
	few  bool
}

func (s timed) Time(ctx context.Context, in tensor.Map, ask backends.Timing) (backends.Times, error) {
	const process = int64(time.Second)
	s.lab.now += process
	times := backends.Times{Clock: backends.ClockGPU, Warnings: []string{s.warn}}
	runs := ask.Runs
	if s.few {
		runs--
	}
	for range runs {
		before := s.lab.now
		if _, err := s.Run(ctx, in); err != nil {
			return times, err
		}
		times.Runs = append(times.Runs, s.lab.now-before)
	}
	*s.ran = append(*s.ran, fmt.Sprintf("%s×%d", s.model.Name, ask.Runs))
	return times, nil
}

// timerWorker has two arms that time themselves.
func timerWorker(few bool) (*worker, *[]string) {
	l := &labWorker{lab: &lab{latency: map[string]float64{"a": 1e6, "b": 2e6}}, rng: generator(1, 0, 0, 0)}
	w := newLabWorker(l)
	var ran []string
	for _, name := range []string{"a", "b"} {
		s := timed{&labSession{lab: l, model: backends.Model{Name: name}}, &ran, "unstable", few}
		w.arms = append(w.arms, &arm{model: s.model, session: s})
	}
	return w, &ran
}

func TestBlockOfTimersAlternatesByHalves(t *testing.T) {
	w, order := timerWorker(false)
	b, err := w.blockTimers(t.Context(), []int{1, 0, 0, 1, 1, 0})
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"b×2", "a×2", "a×1", "b×1"}; !slices.Equal(*order, want) {
		t.Errorf("ran %v, want %v", *order, want)
	}
	if want := []int{1, 1, 0, 0, 0, 1}; !slices.Equal(b.Order, want) {
		t.Errorf("order %v, want %v", b.Order, want)
	}
	if want := []int64{2e6, 2e6, 1e6, 1e6, 1e6, 2e6}; !slices.Equal(b.Nanoseconds, want) {
		t.Errorf("times %v, want %v", b.Nanoseconds, want)
	}
	if !slices.Equal(b.Warnings, []string{"unstable"}) {
		t.Errorf("warnings %v", b.Warnings)
	}
	asked := []int{1, 0, 0, 1, 1, 0}
	if got, err := ran(b, asked); err != nil || !slices.Equal(got, b.Order) {
		t.Errorf("order %v, %v", got, err)
	}
	b.Order[0] = 0
	if _, err := ran(b, asked); err == nil {
		t.Error("runs of another arm were taken")
	}
}

func TestTooFewTimesAreAnError(t *testing.T) {
	w, _ := timerWorker(true)
	if _, err := w.blockTimers(t.Context(), []int{0, 1}); err == nil || !strings.Contains(err.Error(), "runs instead of") {
		t.Errorf("error is %v", err)
	}
}

func TestTimersCannotBeSlowedDown(t *testing.T) {
	w, _ := timerWorker(false)
	if r := w.answer(t.Context(), request{Op: opSlow, Slow: []float64{0, 0.05}}); r.Error == "" {
		t.Error("an engine that times itself took a slowdown, which its times cannot show")
	}
}

func TestWarmUpOfTimersTellsWhatAProcessTakes(t *testing.T) {
	w, _ := timerWorker(false)
	u, err := w.warmUpTimers(t.Context(), warmUpRequest{Agreement: 0.02})
	if err != nil {
		t.Fatal(err)
	}
	if !u.Stable || u.Process != int64(time.Second) || !slices.Equal(u.Medians, []int64{1e6, 2e6}) {
		t.Errorf("warm-up %+v", u)
	}
}

func TestPlanTimers(t *testing.T) {
	medians := []int64{1e6, 1e6, 1e6, 1e6}
	tests := map[string]struct {
		left   time.Duration
		blocks int
		want   Plan
	}{
		"plenty":    {5 * time.Minute, 0, Plan{Blocks: 5, Runs: 2000, Block: int64(16 * time.Second)}},
		"one_block": {20 * time.Second, 0, Plan{Blocks: 1, Runs: 2000, Block: int64(16 * time.Second)}},
		"asked_two": {40 * time.Second, 2, Plan{Blocks: 2, Runs: 2000, Block: int64(16 * time.Second)}},
		"tight":     {10 * time.Second, 0, Plan{Blocks: 1, Runs: 500, Block: int64(10 * time.Second)}},
		"too_short": {time.Second, 0, Plan{Blocks: 1, Runs: 20, Block: int64(8080 * time.Millisecond), Exceeds: true}},
	}
	for name, test := range tests {
		if got := planTimers(medians, time.Second, test.left, test.blocks); got != test.want {
			t.Errorf("%s: %+v, want %+v", name, got, test.want)
		}
	}
}

// gpuLab is a lab whose sessions time themselves.
type gpuLab struct{ *labWorker }

func (g gpuLab) Open(ctx context.Context, m backends.Model, t backends.Tuning) (backends.Session, error) {
	s, err := g.labWorker.Open(ctx, m, t)
	if err != nil {
		return nil, err
	}
	var ran []string
	return timed{s.(*labSession), &ran, "GPU compute time is unstable", false}, nil
}

func (gpuLab) Describe() backends.Description {
	return backends.Description{Name: "tensorrt", Clock: backends.ClockGPU}
}

func TestMeasurementOfAnEngineThatTimesItself(t *testing.T) {
	for candidate, want := range map[string]Verdict{"fused": Equivalent, "slow": Slower} {
		l := quietLab()
		l.timer = true
		l.drift = 0.0002 // a clock that drifts while processes start
		j := job(candidate)
		j.Options.Duration = 10 * time.Minute
		j.Options.Streams = 2 // nothing here could run at once
		res := measure(t, l, j)
		if got := res.Comparisons[0]; got.Verdict != want {
			t.Errorf("%s: verdict %s, want %s: %s", candidate, got.Verdict, want, got.Reason)
		}
		s := res.Settings[0]
		if !s.OnGPU() || s.CPUClock != cpuUnavailable {
			t.Errorf("clock %+v, %s", s.Engine, s.CPUClock)
		}
		if g := gateOf(t, res, GateEngine, ""); g.State != Warn || g.Detail != "GPU compute time is unstable" {
			t.Errorf("gate %+v", g)
		}
		if res.Units[0].Orders[0][0] != res.Units[0].Orders[0][1] {
			t.Error("the order says that the arms alternated run by run")
		}
	}
}
