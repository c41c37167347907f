package bench

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/internal/stats"
)

// Engines that time themselves, a process for every stretch of runs, cannot alternate run by run. Their
// blocks alternate by halves instead: each arm runs once in one order and once in its mirror image (ABBA),
// which still cancels what drifts steadily.

// timerWarmUp is how long each of their processes runs before it counts.
const timerWarmUp = 500 * time.Millisecond

// selfTimed reports whether the engine of the arms times itself.
func (w *worker) selfTimed() bool {
	for _, a := range w.arms {
		if _, ok := a.session.(backends.Timer); !ok {
			return false
		}
	}
	return len(w.arms) > 0
}

// stretch has an arm's engine time so many runs.
func (w *worker) stretch(ctx context.Context, at, runs int) (backends.Times, error) {
	a := w.arms[at]
	times, err := a.session.(backends.Timer).Time(ctx, a.inputs, backends.Timing{Runs: runs, WarmUp: timerWarmUp})
	if err != nil {
		return times, err
	}
	if len(times.Runs) < runs {
		return times, fmt.Errorf("time %s: %d runs instead of %d", a.model.Name, len(times.Runs), runs)
	}
	times.Runs = times.Runs[:runs]
	return times, nil
}

// warmUpTimers times each arm once, and looks whether the thirds of its runs agree. What a process takes
// beside its runs is told too, since it decides how many of them a unit has time for.
func (w *worker) warmUpTimers(ctx context.Context, req warmUpRequest) (*warmedUp, error) {
	const thirds, each = 3, 20
	done := &warmedUp{Medians: make([]int64, len(w.arms))}
	windows := make([][]float64, thirds)
	start := w.clock()
	spent := int64(0)
	for at := range w.arms {
		times, err := w.stretch(ctx, at, thirds*each)
		if err != nil {
			return nil, err
		}
		all := make([]float64, len(times.Runs))
		for i, ns := range times.Runs {
			all[i] = float64(ns)
			spent += ns
		}
		for k := range windows {
			windows[k] = append(windows[k], stats.Median(all[k*each:(k+1)*each]))
		}
		done.Medians[at] = int64(stats.Median(all))
	}
	done.Nanoseconds, done.Windows = w.clock()-start, thirds
	done.Process = max((done.Nanoseconds-spent)/int64(len(w.arms)), 1)
	done.Stable = steady(windows, req.Agreement)
	return done, nil
}

// blockTimers times a block by halves, and says in which order the runs were made.
func (w *worker) blockTimers(ctx context.Context, order []int) (*blockTimes, error) {
	var arms []int
	left := map[int]int{}
	for _, at := range order {
		if left[at]++; left[at] == 1 {
			arms = append(arms, at)
		}
	}
	mirrored := slices.Clone(arms)
	slices.Reverse(mirrored)
	b := &blockTimes{}
	for half, sequence := range [][]int{arms, mirrored} {
		for _, at := range sequence {
			runs := left[at]
			if half == 0 {
				runs = (runs + 1) / 2
			}
			if left[at] -= runs; runs == 0 {
				continue
			}
			times, err := w.stretch(ctx, at, runs)
			if err != nil {
				return nil, err
			}
			for _, ns := range times.Runs {
				b.Nanoseconds, b.Order = append(b.Nanoseconds, ns), append(b.Order, at)
			}
			for _, text := range times.Warnings {
				if !slices.Contains(b.Warnings, text) {
					b.Warnings = append(b.Warnings, text)
				}
			}
		}
	}
	return b, nil
}

// planTimers fits blocks of processes into what a unit has left. A process should compute at least about
// as long as a second, or as it takes beside; more blocks than a few are not worth their processes.
func planTimers(medians []int64, process, left time.Duration, blocks int) Plan {
	round := time.Duration(0)
	for _, ns := range medians {
		round += time.Duration(max(ns, 1))
	}
	each := max(round/time.Duration(max(len(medians), 1)), 1)
	runs := min(2*ceilDiv(max(time.Second, process), each), maxRuns)
	runs = max(runs, usualRuns)
	overhead := 2 * process * time.Duration(len(medians))
	length := overhead + round*time.Duration(runs)
	want := blocks
	if want == 0 {
		want = min(max(int(left/length), 1), fewBlocks)
	}
	if share := left/time.Duration(want) - overhead; share < round*time.Duration(runs) {
		runs = min(runs, even(max(usualRuns, int(max(share, 0)/round))))
		length = overhead + round*time.Duration(runs)
	}
	return Plan{Blocks: want, Runs: runs, Block: int64(length), Exceeds: time.Duration(want)*length > left}
}

// ran is the order in which a worker says that it ran, where that is the asked one rearranged.
func ran(times *blockTimes, asked []int) ([]int, error) {
	if times == nil || times.Order == nil {
		return asked, nil
	}
	said, want := slices.Sorted(slices.Values(times.Order)), slices.Sorted(slices.Values(asked))
	if !slices.Equal(said, want) {
		return nil, fmt.Errorf("worker ran other arms than the %d runs of a block", len(asked))
	}
	return times.Order, nil
}

// hostTimed reports whether the times are those of calls as this host sees them.
func (m *measurement) hostTimed() bool { return clock(m.engine) == backends.ClockHost }

// clock says what an engine's times are.
func clock(engine *backends.Description) string {
	if engine == nil || engine.Clock == "" {
		return backends.ClockHost
	}
	return engine.Clock
}

// OnGPU reports whether the times of the setting are those of a GPU alone, which are comparable with none
// of a host.
func (s Setting) OnGPU() bool { return clock(s.Engine) == backends.ClockGPU }

// warn keeps what an engine warned of, each text once.
func (m *measurement) warn(texts []string) {
	for _, text := range texts {
		if !slices.Contains(m.warnings, text) {
			m.warnings = append(m.warnings, text)
		}
	}
}

// engineGates passes on what the engine itself warned of.
func (m *measurement) engineGates() []Gate {
	var gates []Gate
	for _, text := range m.warnings {
		gates = append(gates, Gate{Name: GateEngine, State: Warn, Detail: text})
	}
	return gates
}
