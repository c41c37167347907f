package bench

import (
	"context"
	"fmt"
	"time"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/internal/stats"
	"github.com/acdeploy/acdeploy/worker"
)

// The times of a throughput.
const (
	streamsWarmUp = 200 * time.Millisecond
	streamsWindow = time.Second
)

// memoryRuns are enough for an engine to have allocated what it will.
const memoryRuns = 5

// resources finds out what each arm costs, untimed, in processes of its own. What fails is a note: the
// latencies are measured.
func (m *measurement) resources(ctx context.Context) {
	if len(m.found.Good()) < min(m.target, stats.MinUnits) || m.found.Clock() != backends.ClockHost {
		return // nobody will ask, or the worker does not run the model itself
	}
	for i := range m.found.Arms {
		if i == Control || ctx.Err() != nil {
			continue
		}
		a := &m.found.Arms[i]
		note := func(what string, err error) {
			if err != nil {
				a.Notes = append(a.Notes, fmt.Sprintf("%s: %v", what, err))
			}
		}
		note("memory", m.alone(ctx, func(w *worker.Client) (err error) {
			a.PeakRSS, err = m.memory(ctx, w, i)
			return err
		}))
		if m.job.Options.Streams > 0 {
			note("throughput", m.alone(ctx, func(w *worker.Client) (err error) {
				a.Throughput, err = m.throughput(ctx, w, i)
				return err
			}))
		}
	}
}

// alone talks to a fresh worker with an engine in it.
func (m *measurement) alone(ctx context.Context, talk func(*worker.Client) error) error {
	w, err := worker.Start(ctx, m.Launch, m.job.Options.Timeout)
	if err != nil {
		return err
	}
	defer w.Close(ctx)
	if _, err := w.Check(ctx, worker.CheckRequest{Backend: m.condition.spec}); err != nil {
		return err
	}
	return talk(w)
}

// memory is how much of a process with one arm in it was resident at most.
func (m *measurement) memory(ctx context.Context, w *worker.Client, arm int) (*int64, error) {
	_, err := w.Open(ctx, worker.OpenRequest{
		Models: []backends.Model{m.condition.arms[arm].Model}, Order: []int{0},
		Inputs: m.condition.inputs, Seed: m.job.Options.Seed, Given: m.condition.sample(0),
	})
	if err != nil {
		return nil, err
	}
	r, err := w.Run(ctx, worker.RunRequest{Runs: memoryRuns})
	return r.Peak, err
}

// throughput is how often copies of an arm run at once.
func (m *measurement) throughput(ctx context.Context, w *worker.Client, arm int) (*Throughput, error) {
	n := m.job.Options.Streams
	r, err := w.Throughput(ctx, worker.ThroughputRequest{
		Model: m.condition.arms[arm].Model, Inputs: m.condition.inputs, Seed: m.job.Options.Seed, Given: m.condition.sample(0),
		Streams: n, WarmUp: int64(streamsWarmUp), Window: int64(streamsWindow),
	})
	if err != nil {
		return nil, err
	}
	perSecond := float64(r.Runs*max(1, m.condition.batch)) / (float64(r.Nanoseconds) / 1e9)
	return &Throughput{Streams: n, Runs: r.Runs, Nanoseconds: r.Nanoseconds, PerSecond: Float(perSecond)}, nil
}
