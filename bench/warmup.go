package bench

import (
	"context"
	"time"

	"github.com/acdeploy/acdeploy/internal/stats"
	"github.com/acdeploy/acdeploy/worker"
)

// The numbers of the warm-up.
const (
	warmUpWindow    = 50 * time.Millisecond
	warmUpLimit     = time.Second
	warmUpAgreement = 0.02

	engineThirds = 3  // into which the runs of an engine that times itself are cut
	engineThird  = 20 // runs of each
)

// warmUp has the arms run before they are timed; the first time, it schedules the rest of the measurement.
func (m *measurement) warmUp(ctx context.Context, w *worker.Client, u *Unit, seq []int, engineTimed bool) error {
	warm := hostWarmUp
	if engineTimed {
		warm = engineWarmUp
	}
	warmed, err := warm(ctx, w, seq, len(m.condition.arms))
	if err != nil {
		return err
	}
	u.WarmUp = warmed.WarmUp
	if err := m.slowDown(ctx, w); err != nil {
		return err
	}
	if !m.scheduled {
		m.schedule(warmed, time.Duration(u.Open+u.WarmUp.Nanoseconds))
	}
	return nil
}

// warmed is how a warm-up went.
type warmed struct {
	WarmUp
	medians []int64 // of each arm in the last window
	// process is what a process of an engine that times itself takes in addition to its runs; 0 for the
	// clock of the host.
	process time.Duration
}

// hostWarmUp runs the arms in windows until the medians of the last three agree for every arm, or the limit
// is reached. A window holds the order at least once.
func hostWarmUp(ctx context.Context, w *worker.Client, seq []int, arms int) (warmed, error) {
	var done warmed
	var windows [][]float64 // medians of each arm
	for {
		times, err := w.Time(ctx, worker.TimeRequest{Order: seq, Each: 1, Least: int64(warmUpWindow)})
		if err != nil {
			return done, err
		}
		samples := make([][]float64, arms)
		for i, ns := range times.Nanoseconds {
			at := seq[i%len(seq)]
			samples[at] = append(samples[at], float64(ns))
		}
		medians := make([]float64, arms)
		for a, s := range samples {
			medians[a] = stats.Median(s)
		}
		windows = append(windows, medians)
		done.Nanoseconds, done.Windows = done.Nanoseconds+times.Elapsed, len(windows)
		done.Stable = steady(windows, warmUpAgreement)
		if done.Stable || done.Nanoseconds >= int64(warmUpLimit) {
			break
		}
	}
	for _, median := range windows[len(windows)-1] {
		done.medians = append(done.medians, int64(median))
	}
	return done, nil
}

// engineWarmUp times each arm once, and looks whether the thirds of its runs agree. What a process takes
// in addition to its runs is told too, since it decides how many of them a unit has time for.
func engineWarmUp(ctx context.Context, w *worker.Client, _ []int, arms int) (warmed, error) {
	var done warmed
	seq := make([]int, arms)
	for i := range seq {
		seq[i] = i
	}
	const each = engineThirds * engineThird
	times, err := w.Time(ctx, worker.TimeRequest{Order: seq, Each: each})
	if err != nil {
		return done, err
	}
	windows := make([][]float64, engineThirds)
	spent := int64(0)
	for at := range seq {
		all := make([]float64, each)
		for i, ns := range times.Nanoseconds[at*each : (at+1)*each] {
			all[i] = float64(ns)
			spent += ns
		}
		for k := range windows {
			windows[k] = append(windows[k], stats.Median(all[k*engineThird:(k+1)*engineThird]))
		}
		done.medians = append(done.medians, int64(stats.Median(all)))
	}
	done.Nanoseconds, done.Windows = times.Elapsed, engineThirds
	done.process = time.Duration(max((times.Elapsed-spent)/int64(arms), 1))
	done.Stable = steady(windows, warmUpAgreement)
	return done, nil
}

// steady reports whether the last three medians of every arm lie within the agreement, as a ratio.
func steady(windows [][]float64, agreement float64) bool {
	if len(windows) < 3 {
		return false
	}
	last := windows[len(windows)-3:]
	for a := range last[0] {
		low := min(last[0][a], last[1][a], last[2][a])
		high := max(last[0][a], last[1][a], last[2][a])
		if high > low*(1+agreement) {
			return false
		}
	}
	return true
}
