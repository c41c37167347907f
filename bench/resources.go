package bench

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/internal/stats"
)

// Throughput is how often copies of one model ran when several ran at once, in a process of their own,
// the arms one after the other. It is no latency, and nothing pairs it with another arm's.
type Throughput struct {
	Streams     int   `json:"streams"`
	Runs        int64 `json:"runs"`
	Nanoseconds int64 `json:"nanoseconds"` // in which they ran
	PerSecond   Float `json:"per_second"`  // inferences: runs times batch
}

// cost is what an arm takes beside time.
type cost struct {
	peak       *int64
	throughput *Throughput
	notes      []string
}

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
	if len(m.good()) < min(m.target, stats.MinUnits) || !m.hostTimed() {
		return // nobody will ask, or the worker does not run the model itself
	}
	m.costs = make([]cost, len(m.setting.arms))
	for i := range m.setting.arms {
		c := &m.costs[i]
		if i == control || ctx.Err() != nil {
			continue
		}
		note := func(what string, err error) {
			if err != nil {
				c.notes = append(c.notes, fmt.Sprintf("%s: %v", what, err))
			}
		}
		note("memory", m.alone(ctx, func(w *client) error {
			if _, err := w.ask(ctx, request{Op: opOpen, Open: m.only(i)}); err != nil {
				return err
			}
			r, err := w.ask(ctx, request{Op: opMemory})
			c.peak = r.Peak
			return err
		}))
		n := m.job.Options.Streams
		if n == 0 {
			continue
		}
		note("throughput", m.alone(ctx, func(w *client) error {
			r, err := w.ask(ctx, request{Op: opStreams, Streams: &streamsRequest{
				Open: *m.only(i), Streams: n, WarmUp: int64(streamsWarmUp), Window: int64(streamsWindow),
			}})
			if err == nil && r.Streams == nil {
				err = errors.New("worker counted nothing")
			}
			if err == nil {
				c.throughput = r.Streams
				c.throughput.PerSecond = Float(float64(r.Streams.Runs*max(1, m.setting.batch)) / (float64(r.Streams.Nanoseconds) / 1e9))
			}
			return err
		}))
	}
}

// only asks for one arm.
func (m *measurement) only(arm int) *openRequest {
	return &openRequest{
		Backend: m.setting.spec, Models: []backends.Model{m.setting.arms[arm].Model}, Order: []int{0},
		Inputs: m.setting.inputs, Seed: m.job.Options.Seed,
	}
}

// alone talks to a fresh worker.
func (m *measurement) alone(ctx context.Context, talk func(*client) error) error {
	w, err := launch(ctx, m.Launch, m.job.Options.Timeout)
	if err != nil {
		return err
	}
	defer w.close(ctx)
	return talk(w)
}

// memory runs the first arm and says how much of it was resident at most.
func (w *worker) memory() (*int64, error) {
	for range memoryRuns {
		if err := w.arms[0].run(); err != nil {
			return nil, fmt.Errorf("run %s: %w", w.arms[0].model.Name, err)
		}
	}
	if peak := peakResident(); peak > 0 {
		return &peak, nil
	}
	return nil, nil
}

// streams opens copies of a model and counts how often all of them ran, together, in the window.
func (w *worker) streams(ctx context.Context, req streamsRequest) (*Throughput, error) {
	if len(req.Open.Models) != 1 || req.Streams < 1 {
		return nil, fmt.Errorf("bad request for %d streams of %d models", req.Streams, len(req.Open.Models))
	}
	backend, inputs, err := w.ready(ctx, req.Open)
	if err != nil {
		return nil, err
	}
	for range req.Streams {
		a, err := openArm(ctx, backend, req.Open.Models[0], inputs)
		if err != nil {
			return nil, err
		}
		w.arms = append(w.arms, a)
	}
	var counting, stop atomic.Bool
	var runs atomic.Int64
	var group sync.WaitGroup
	failures := make([]error, len(w.arms))
	for i, a := range w.arms {
		group.Go(func() {
			for !stop.Load() && failures[i] == nil {
				failures[i] = a.run()
				if counting.Load() {
					runs.Add(1)
				}
			}
		})
	}
	time.Sleep(time.Duration(req.WarmUp))
	start := w.clock()
	counting.Store(true)
	time.Sleep(time.Duration(req.Window))
	t := &Throughput{Streams: req.Streams, Runs: runs.Load(), Nanoseconds: max(1, w.clock()-start)}
	stop.Store(true)
	group.Wait()
	if err := errors.Join(failures...); err != nil {
		return nil, fmt.Errorf("run %s: %w", req.Open.Models[0].Name, err)
	}
	if t.Runs == 0 {
		return nil, fmt.Errorf("no run of %s ended within %s", req.Open.Models[0].Name, time.Duration(req.Window))
	}
	return t, nil
}
