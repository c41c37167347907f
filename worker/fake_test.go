package worker

import (
	"bytes"
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/tensor"
)

// fake is an engine on a clock of its own: a run of a model takes exactly its latency.
type fake struct {
	latency map[string]int64 // nanoseconds
	absent  error            // of Check
	now     int64
	ran     []string // stretches that the engine timed itself
}

func (f *fake) Describe() backends.Description { return backends.Description{Name: "fake"} }

func (f *fake) Check(context.Context) error { return f.absent }

func (f *fake) Open(_ context.Context, m backends.Model, _ backends.Tuning) (backends.Session, error) {
	return &fakeSession{f, m}, nil
}

type fakeSession struct {
	fake  *fake
	model backends.Model
}

func (s *fakeSession) Run(_ context.Context, in tensor.Map) (tensor.Map, error) {
	s.fake.now += s.fake.latency[s.model.Name]
	return tensor.Map{"y": tensor.Of([]int64{2}, 1, float32(len(in)))}, nil
}

func (s *fakeSession) Close() error { return nil }

// server is a worker on the engine's clock.
func (f *fake) server(backend backends.Backend) *Server {
	s := NewServer(func(context.Context, BackendSpec) (backends.Backend, error) { return backend, nil })
	s.Clock = func() int64 { return f.now }
	s.CPU = func(int) (func() int64, string) { return func() int64 { return f.now }, "thread" }
	return s
}

// talk asks a server, one request after the other.
func talk(t *testing.T, s *Server, requests ...Request) []Reply {
	t.Helper()
	var replies []Reply
	for _, req := range requests {
		var line bytes.Buffer
		if err := json.NewEncoder(&line).Encode(s.Answer(t.Context(), req)); err != nil {
			t.Fatal(err)
		}
		var r Reply
		if err := json.Unmarshal(line.Bytes(), &r); err != nil {
			t.Fatal(err)
		}
		replies = append(replies, r)
	}
	return replies
}

func checking() Request {
	return Request{Op: opCheck, Check: &CheckRequest{Backend: BackendSpec{Name: "fake", Threads: 1}}}
}

func opening(names ...string) Request {
	r := Request{Op: opOpen, Open: &OpenRequest{
		Seed: 1, Inputs: []Input{{Name: "x", Type: tensor.Float32, Shape: []int64{1, 3}}},
	}}
	for i, name := range names {
		r.Open.Models = append(r.Open.Models, backends.Model{Name: name})
		r.Open.Order = append([]int{i}, r.Open.Order...)
	}
	return r
}

func timing(each int, order ...int) Request {
	return Request{Op: opTime, Time: &TimeRequest{Order: order, Each: each}}
}

// ownTimer is the engine when it times itself.
type ownTimer struct {
	*fake
	few bool // too few runs
}

func (e ownTimer) Open(ctx context.Context, m backends.Model, t backends.Tuning) (backends.Session, error) {
	s, err := e.fake.Open(ctx, m, t)
	if err != nil {
		return nil, err
	}
	return ownTimes{s.(*fakeSession), e.few}, nil
}

type ownTimes struct {
	*fakeSession
	few bool
}

func (s ownTimes) Time(_ context.Context, _ tensor.Map, ask backends.Timing) (backends.Times, error) {
	s.fake.now += int64(time.Second) // of the process
	times := backends.Times{Clock: backends.ClockGPU, Warnings: []string{"unstable"}}
	runs := ask.Runs
	if s.few {
		runs--
	}
	for range runs {
		s.fake.now += s.fake.latency[s.model.Name]
		times.Runs = append(times.Runs, s.fake.latency[s.model.Name])
	}
	s.fake.ran = append(s.fake.ran, s.model.Name)
	return times, nil
}
