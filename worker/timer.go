package worker

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/tensor"
)

// timer times the runs of one arm. There are two: the clock of this process around each call, and an
// engine that times itself because a clock outside would see the start of its processes instead.
type timer interface {
	// time runs the arm once for each element, and sets it to what the run took in nanoseconds. Warnings are
	// the engine's own.
	time(ctx context.Context, each []int64) (warnings []string, err error)
}

// hostTimer reads the clock of this process before and after each run. It allocates nothing.
type hostTimer struct {
	run   func() error
	clock func() int64
}

func (t *hostTimer) time(_ context.Context, each []int64) ([]string, error) {
	for i := range each {
		start := t.clock()
		err := t.run()
		each[i] = t.clock() - start
		if err != nil {
			return nil, err
		}
	}
	return nil, nil
}

// engineTimer has the engine time a stretch of runs, in a process of its own.
type engineTimer struct {
	session backends.Timer
	inputs  tensor.Map
}

// engineWarmUp is how long each process of such an engine runs before it counts.
const engineWarmUp = 500 * time.Millisecond

func (t engineTimer) time(ctx context.Context, each []int64) ([]string, error) {
	times, err := t.session.Time(ctx, t.inputs, backends.Timing{Runs: len(each), WarmUp: engineWarmUp})
	if err != nil {
		return nil, err
	}
	if n := copy(each, times.Runs); n < len(each) {
		return nil, fmt.Errorf("%d runs instead of %d", n, len(each))
	}
	return times.Warnings, nil
}

// engineTimed reports whether the engine of the arms times itself.
func (s *Server) engineTimed() bool {
	for _, a := range s.arms {
		if _, ok := a.timer.(engineTimer); !ok {
			return false
		}
	}
	return len(s.arms) > 0
}

// time goes through the order until enough time has passed. While the host's clock is read nothing is
// collected or written.
func (s *Server) time(ctx context.Context, req TimeRequest) (*Times, error) {
	times := &Times{}
	if s.cpuNow != nil {
		times.CPU = make([]int64, len(s.arms))
	}
	if !s.engineTimed() {
		defer quietGC()()
	}
	runs := len(req.Order) * req.Each
	s.alone() // what was run before does not count
	start := s.Clock()
	for {
		done := len(times.Nanoseconds)
		times.Nanoseconds = slices.Grow(times.Nanoseconds, runs)[:done+runs]
		if at, err := s.round(ctx, req.Order, times.Nanoseconds[done:], times); err != nil {
			return nil, fmt.Errorf("run %s: %w", s.arms[at].model.Name, err)
		}
		if times.Elapsed = s.Clock() - start; times.Elapsed >= req.Least {
			times.Alone = s.alone()
			return times, nil
		}
	}
}

// round is the timed loop: it goes through the order once, and returns the arm that failed. The CPU clock, a
// system call, is read outside the wall time of the runs; what little of the loop it sees is the same for
// all arms.
func (s *Server) round(ctx context.Context, order []int, wall []int64, times *Times) (int, error) {
	each := len(wall) / len(order)
	cpu := int64(0)
	if times.CPU != nil {
		cpu = s.cpuNow()
	}
	for i, at := range order {
		warnings, err := s.arms[at].timer.time(ctx, wall[i*each:(i+1)*each])
		if err != nil {
			return at, err
		}
		if times.CPU != nil {
			now := s.cpuNow()
			times.CPU[at] += now - cpu
			cpu = now
		}
		if pause := s.arms[at].pause; pause > 0 {
			s.spin(s.Clock() + int64(pause*float64(wall[(i+1)*each-1])))
			if times.CPU != nil {
				cpu = s.cpuNow()
			}
		}
		for _, text := range warnings {
			if !slices.Contains(times.Warnings, text) {
				times.Warnings = append(times.Warnings, text)
			}
		}
	}
	return 0, nil
}
