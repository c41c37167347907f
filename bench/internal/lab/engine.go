package lab

import (
	"context"
	"math"
	"math/rand/v2"
	"time"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/tensor"
	"github.com/acdeploy/acdeploy/worker"
)

// engine is the lab's engine in one worker.
type engine struct {
	*Lab
	rng *rand.Rand
	now int64 // of the lab's clock
}

// server is a worker on the lab's clock.
func (e *engine) server() *worker.Server {
	s := worker.NewServer(func(context.Context, worker.BackendSpec) (backends.Backend, error) {
		if e.Timer {
			return selfTimed{e}, nil
		}
		return e, nil
	})
	s.Clock = func() int64 { e.now += e.Reading; return e.now }
	s.CPU = func(int) (func() int64, string) { return func() int64 { return e.now }, "thread" }
	s.Pin = func([]int) error { return nil }
	return s
}

// Describe is that of [backends.Backend].
func (e *engine) Describe() backends.Description {
	return backends.Description{Name: "lab", Provider: e.Provider}
}

// Check is that of [backends.Backend].
func (e *engine) Check(context.Context) error { return e.Absent }

// Open is that of [backends.Backend].
func (e *engine) Open(_ context.Context, m backends.Model, _ backends.Tuning) (backends.Session, error) {
	if e.Refuse != nil {
		return nil, e.Refuse
	}
	s := &session{engine: e, model: m, bias: e.UnitSD * e.rng.NormFloat64()}
	if e.Provider != "" {
		return planned{s}, nil
	}
	return s, nil
}

// session draws its latencies.
type session struct {
	engine *engine
	model  backends.Model
	bias   float64
}

// Run lets the latency of the model pass.
func (s *session) Run(_ context.Context, in tensor.Map) (tensor.Map, error) {
	e := s.engine
	noise := s.bias + e.RunSD*e.rng.NormFloat64() + e.Drift*float64(e.now)/1e9
	e.now += int64(e.Latency[s.model.Name] * math.Exp(noise))
	value, ok := e.Outputs[s.model.Name]
	if !ok {
		value = 1
	}
	return tensor.Map{"y": tensor.Of([]int64{2}, float32(value), float32(len(in)))}, nil
}

// Close has nothing to free.
func (s *session) Close() error { return nil }

// planned is a session that tells its plan.
type planned struct{ *session }

// Plan is one convolution.
func (s planned) Plan(context.Context) (backends.Plan, error) {
	return backends.Plan{Steps: []backends.Step{{Name: "conv", Op: "Conv", Provider: s.engine.Provider}}}, nil
}

// selfTimed is the lab's engine when it times itself, as one on a GPU does.
type selfTimed struct{ *engine }

// Open is that of [backends.Backend].
func (e selfTimed) Open(ctx context.Context, m backends.Model, t backends.Tuning) (backends.Session, error) {
	s, err := e.engine.Open(ctx, m, t)
	if err != nil {
		return nil, err
	}
	return stopwatch{s.(*session)}, nil
}

// Describe is that of [backends.Backend].
func (selfTimed) Describe() backends.Description {
	return backends.Description{Name: "tensorrt", Clock: backends.ClockGPU}
}

// stopwatch is a session that times itself. Each of its processes takes a second in addition.
type stopwatch struct{ *session }

// Time is that of [backends.Timer].
func (s stopwatch) Time(ctx context.Context, in tensor.Map, ask backends.Timing) (backends.Times, error) {
	s.engine.now += int64(time.Second)
	times := backends.Times{Clock: backends.ClockGPU, Warnings: []string{"GPU compute time is unstable"}}
	for range ask.Runs {
		before := s.engine.now
		if _, err := s.Run(ctx, in); err != nil {
			return times, err
		}
		times.Runs = append(times.Runs, s.engine.now-before)
	}
	return times, nil
}
