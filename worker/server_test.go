package worker

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/tensor"
)

// fake is an engine on a clock of its own: a run of a model takes exactly its latency.
type fake struct {
	latency map[string]int64 // nanoseconds
	absent  error            // of Check
	fickle  bool             // no answer is like the one before
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
	first := float32(1)
	if s.fake.fickle {
		first += float32(s.fake.now)
	}
	return tensor.Map{"y": tensor.Of([]int64{2}, first, float32(len(in)))}, nil
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

func TestBadRequestsAreRefused(t *testing.T) {
	f := &fake{latency: map[string]int64{"base": 1000}}
	twice := opening("base", "base")
	twice.Open.Order = []int{0, 0}
	server := f.server(f)
	for i, c := range []struct {
		req Request
		bad bool
	}{
		{opening("base"), true}, // before check
		{checking(), false},
		{timing(1, 0), true}, // before open
		{Request{Op: opRun, Run: &RunRequest{Runs: 1}}, true},
		{twice, true},
		{opening("base"), false},
		{timing(1, 1), true}, // no such arm
		{timing(1, -1), true},
		{timing(1), true},    // nothing to do
		{timing(0, 0), true}, // never
		{Request{Op: opRun, Run: &RunRequest{Runs: 1, Pairs: [][2]int{{0, 9}}}}, true},
		{Request{Op: opSlow}, true}, // of another number of arms
		{Request{Op: "dance"}, true},
		{timing(1, 0), false}, // and on
		{Request{Op: opClose}, false},
	} {
		if got := server.Answer(t.Context(), c.req); (got.Error != "") != c.bad || got.Op != c.req.Op {
			t.Errorf("request %d, %s: error %q", i, c.req.Op, got.Error)
		}
	}
}

func TestWhatIsAbsentIsSaid(t *testing.T) {
	f := &fake{absent: &backends.Unavailable{Reason: "no library", Remedy: "install it"}}
	got := talk(t, f.server(f), checking())[0].Absent
	if got == nil || *got != (absent{"no library", "install it", false, false}) {
		t.Errorf("%+v", got)
	}
}

func TestServeEnds(t *testing.T) {
	open := func(context.Context, BackendSpec) (backends.Backend, error) { return nil, errors.New("never") }
	var out bytes.Buffer
	if err := Serve(t.Context(), strings.NewReader(""), &out, open); err != nil {
		t.Errorf("end of input: %v", err)
	}
	if err := Serve(t.Context(), strings.NewReader("hello\n"), &out, open); err == nil {
		t.Error("garbage was accepted")
	}
	two := `{"op":"check","check":{"backend":{"name":"x"}}}` + "\n" + `{"op":"close"}` + "\n" + "never read\n"
	if err := Serve(t.Context(), strings.NewReader(two), &out, open); err != nil {
		t.Errorf("after close: %v", err)
	}
	if got, want := out.String(), `{"op":"check","error":"never"}`+"\n"+`{"op":"close"}`+"\n"; got != want {
		t.Errorf("answered %q, want %q", got, want)
	}
}
