package worker

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/acdeploy/acdeploy/backends"
)

func TestEveryRunIsTimed(t *testing.T) {
	f := &fake{latency: map[string]int64{"base": 1000, "slow": 3000}}
	replies := talk(t, f.server(f), checking(), opening("base", "slow"), timing(1, 0, 1, 1, 0), timing(2, 1, 0))
	if got := replies[1].Opened; got == nil || got.EngineTimed || got.CPUClock != "thread" || got.Nanoseconds != 4000 {
		t.Fatalf("opened %+v", got)
	}
	b := replies[2].Times
	if want := []int64{1000, 3000, 3000, 1000}; !slices.Equal(b.Nanoseconds, want) {
		t.Errorf("runs took %v, want %v", b.Nanoseconds, want)
	}
	if want := []int64{2000, 6000}; !slices.Equal(b.CPU, want) {
		t.Errorf("arms took %v on the CPU, want %v", b.CPU, want)
	}
	if b.Elapsed != 8000 {
		t.Errorf("all took %d", b.Elapsed)
	}
	if got, want := replies[3].Times.Nanoseconds, []int64{3000, 3000, 1000, 1000}; !slices.Equal(got, want) {
		t.Errorf("two runs at a time took %v, want %v", got, want)
	}
}

func TestAnOrderIsRepeatedUntilItsTimeIsOver(t *testing.T) {
	f := &fake{latency: map[string]int64{"base": 1000, "slow": 3000}}
	warm := timing(1, 0, 1)
	warm.Time.Least = 8001
	got := talk(t, f.server(f), checking(), opening("base", "slow"), warm)[2].Times
	if want := []int64{1000, 3000, 1000, 3000, 1000, 3000}; !slices.Equal(got.Nanoseconds, want) || got.Elapsed != 12000 {
		t.Errorf("runs %v in %d, want %v", got.Nanoseconds, got.Elapsed, want)
	}
}

// Each place in the order is one stretch of runs, a process of the engine's own.
func TestAnEngineThatTimesItself(t *testing.T) {
	f := &fake{latency: map[string]int64{"a": 1e6, "b": 2e6}}
	replies := talk(t, f.server(ownTimer{fake: f}), checking(), opening("a", "b"), timing(2, 1, 0, 0, 1))
	if got := replies[1].Opened; !got.EngineTimed || got.CPUClock != CPUUnavailable {
		t.Errorf("opened %+v", got)
	}
	b := replies[2].Times
	if want := []string{"b", "a", "a", "b"}; !slices.Equal(f.ran, want) {
		t.Errorf("ran %v, want %v", f.ran, want)
	}
	if want := []int64{2e6, 2e6, 1e6, 1e6, 1e6, 1e6, 2e6, 2e6}; !slices.Equal(b.Nanoseconds, want) {
		t.Errorf("times %v, want %v", b.Nanoseconds, want)
	}
	if !slices.Equal(b.Warnings, []string{"unstable"}) || b.CPU != nil {
		t.Errorf("warnings %v, time on the CPU %v", b.Warnings, b.CPU)
	}
	if want := 4*int64(time.Second) + 12e6; b.Elapsed != want {
		t.Errorf("all took %d, want %d", b.Elapsed, want)
	}
}

func TestTooFewTimesAreAnError(t *testing.T) {
	f := &fake{}
	replies := talk(t, f.server(ownTimer{f, true}), checking(), opening("a"), timing(3, 0))
	if got := replies[2].Error; !strings.Contains(got, "2 runs instead of 3") {
		t.Errorf("error %q", got)
	}
}

// idle is a worker whose two arms do nothing, on the real clocks.
func idle() *Server {
	s := NewServer(nil)
	for range 2 {
		run := func() error { return nil }
		s.arms = append(s.arms, &arm{model: backends.Model{Name: "idle"}, run: run, timer: &hostTimer{run: run, clock: s.Clock}})
	}
	s.cpuNow, _ = s.CPU(1)
	return s
}

// alternating is an order of two arms.
func alternating(runs int) []int {
	order := make([]int, runs)
	for i := range order {
		order[i] = i % 2
	}
	return order
}

// A timed loop that allocated would have the collector's work inside the times.
func TestTheTimedLoopAllocatesNothing(t *testing.T) {
	s, order := idle(), alternating(200)
	wall, times := make([]int64, len(order)), &Times{CPU: make([]int64, 2)}
	if s.cpuNow == nil {
		times.CPU = nil
	}
	if n := testing.AllocsPerRun(10, func() { _, _ = s.round(t.Context(), order, wall, times) }); n != 0 {
		t.Errorf("%v allocations in a block", n)
	}
}

// The cost of timing one run, most of it outside of the time that is recorded.
func BenchmarkRun(b *testing.B) {
	for name, with := range map[string]bool{"wall": false, "wall and cpu": true} {
		b.Run(name, func(b *testing.B) {
			s, order := idle(), alternating(b.N)
			wall, times := make([]int64, b.N), &Times{}
			if with && s.cpuNow != nil {
				times.CPU = make([]int64, 2)
			}
			b.ReportAllocs()
			b.ResetTimer()
			if _, err := s.round(b.Context(), order, wall, times); err != nil {
				b.Fatal(err)
			}
			b.StopTimer()
			sum := int64(0)
			for _, ns := range wall {
				sum += ns
			}
			b.ReportMetric(float64(sum)/float64(b.N), "recorded-ns/op")
		})
	}
}
