// Package worker is a child process with inference engines in it. An engine that crashes or hangs takes
// its worker with it, and not the program that asked.
//
//	parent                                        child
//	Start ── launches ──────────────────────────▶ Serve
//	Client.Check ── {"op":"check", …} ──────────▶ makes the engine, asks whether it can be used
//	Client.Open  ── {"op":"open", …} ───────────▶ opens models; each is an arm from now on
//	Client.Time  ── {"op":"time", …} ───────────▶ runs arms in an order and times each run
//	Client.Run   ── {"op":"run", …} ────────────▶ runs arms and compares their answers
//	Guest        ── {"op":"infer", …} + inputs ─▶ runs the model that it opened, and answers its outputs
//	Client.Close ── {"op":"close"} ─────────────▶ closes the models and ends
//
// The conversation is one JSON document a line, a request on the child's standard input and its reply on
// the child's standard output; the bytes of tensors follow the line that announces them. [Guest] is an engine
// that is used so, and is a backend itself. A reply that takes longer than the time limit, or that is no reply, ends the
// child; the error then says what it wrote last on its standard error.
package worker

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"runtime"
	"runtime/debug"
	"time"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/tensor"
)

// OpenBackend makes the backend that a spec names.
type OpenBackend func(ctx context.Context, spec BackendSpec) (backends.Backend, error)

// ErrAbandoned says that nobody waits for the answer any more on which an engine still works.
var ErrAbandoned = errors.New("the process that asked is gone")

// grace is how long an engine may take to give up when nobody waits for it any more.
const grace = 200 * time.Millisecond

// Serve answers requests from in on out until it is told to close or in ends. Nothing else may write to
// out. When in ends during an answer, the answer's context ends; if the engine does not give up then, the error
// is [ErrAbandoned] and the caller ends the process. It is an error when the conversation itself fails; what
// fails in an engine is part of the conversation.
func Serve(ctx context.Context, in io.Reader, out io.Writer, open OpenBackend) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	requests, heard, done := make(chan Request), make(chan error, 1), make(chan error, 1)
	go func() {
		err := listen(ctx, in, requests)
		cancel()
		heard <- err
	}()
	go func() {
		runtime.LockOSThread() // it may be pinned, so nothing else ever runs on it
		done <- answer(ctx, requests, out, open)
	}()
	select {
	case err := <-done:
		return err
	case err := <-heard:
		select {
		case answered := <-done:
			return errors.Join(err, answered)
		case <-time.After(grace):
			return errors.Join(err, ErrAbandoned)
		}
	}
}

// listen hands on requests until in ends.
func listen(ctx context.Context, in io.Reader, requests chan<- Request) error {
	defer close(requests)
	lines := bufio.NewReaderSize(in, 64<<10)
	for {
		req, err := ReadRequest(lines)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		select {
		case requests <- req:
		case <-ctx.Done():
			return nil
		}
		if req.Op == opClose {
			return nil
		}
	}
}

// ReadRequest reads a line and the tensors behind it. The error matches [io.EOF] where there are no more.
func ReadRequest(lines *bufio.Reader) (req Request, err error) {
	line, err := readLine(lines)
	if errors.Is(err, io.EOF) {
		return req, err
	}
	if err == nil {
		err = json.Unmarshal(line, &req)
	}
	if err == nil {
		req.Inputs, err = unpack(lines, req.Tensors)
	}
	if err != nil {
		return req, fmt.Errorf("read request: %w", err)
	}
	return req, nil
}

// answer answers requests until there are no more.
func answer(ctx context.Context, requests <-chan Request, out io.Writer, open OpenBackend) error {
	s := NewServer(open)
	defer s.close()
	for req := range requests {
		r := s.Answer(ctx, req)
		heads, raw, err := pack(r.outputs)
		if err != nil {
			r.Error = err.Error()
		}
		r.Tensors = heads
		if err := send(out, r, raw); err != nil {
			return fmt.Errorf("write reply: %w", err)
		}
	}
	return nil
}

// Server answers the requests of one conversation. Its clocks can be replaced before the first request.
type Server struct {
	Clock func() int64                             // wall time in nanoseconds
	CPU   func(threads int) (func() int64, string) // the CPU clock for so many threads, nil where there is none
	Pin   func(cpus []int) error                   // keeps the calling thread on processors

	open    OpenBackend
	backend backends.Backend // once checked
	threads int
	engine  backends.Description
	arms    []*arm
	session backends.Session // that [SessionRequest] opened, nil for none
	cpuNow  func() int64     // nil where there is none
}

// NewServer serves with the clocks of this machine.
func NewServer(open OpenBackend) *Server {
	start := time.Now()
	return &Server{Clock: func() int64 { return int64(time.Since(start)) }, CPU: cpuClock, Pin: pin, open: open}
}

// Answer does what is asked and says what came of it.
func (s *Server) Answer(ctx context.Context, req Request) Reply {
	r := Reply{Op: req.Op}
	var err error
	switch {
	case req.Op == opCheck && req.Check != nil:
		r.Engine, err = s.check(ctx, *req.Check)
	case req.Op == opOpen && req.Open != nil && s.backend != nil:
		r.Opened, err = s.openAll(ctx, *req.Open, req.Inputs)
	case req.Op == opTime && req.Time != nil && s.valid(req.Time.Order) && req.Time.Each > 0:
		r.Times, err = s.time(ctx, *req.Time)
	case req.Op == opRun && req.Run != nil && len(s.arms) > 0 && req.Run.Runs > 0:
		r.Answers, err = s.run(*req.Run)
	case req.Op == opSlow && s.engineTimed():
		err = errors.New("an engine that times itself cannot be slowed down")
	case req.Op == opSlow && len(req.Slow) == len(s.arms):
		s.slow(req.Slow)
	case req.Op == opThroughput && req.Throughput != nil && s.backend != nil:
		r.Throughput, err = s.throughput(ctx, *req.Throughput, req.Inputs)
	case req.Op == opSession && req.Session != nil && s.backend != nil:
		r.Session, err = s.openSession(ctx, *req.Session)
	case req.Op == opInfer && s.session != nil:
		r.outputs, err = s.session.Run(ctx, req.Inputs)
	case req.Op == opMeasure && req.Measure != nil && s.session != nil:
		r.Measured, err = s.measure(ctx, req)
	case req.Op == opRelease:
		err = s.release()
	case req.Op == opPlans:
		r.Plans = s.plans(ctx)
	case req.Op == opClose:
		s.close()
	default:
		err = fmt.Errorf("bad request %q", req.Op)
	}
	if missing, ok := errors.AsType[*backends.Unavailable](err); ok {
		r.Absent = &absent{missing.Reason, missing.Remedy, missing.Broken, missing.Unsafe}
	} else if err != nil {
		r.Error = err.Error()
	}
	return r
}

// valid reports whether an order names open arms only.
func (s *Server) valid(order []int) bool {
	for _, a := range order {
		if a < 0 || a >= len(s.arms) {
			return false
		}
	}
	return len(order) > 0
}

// check makes the engine, which stays for the requests that follow.
func (s *Server) check(ctx context.Context, req CheckRequest) (*backends.Description, error) {
	if len(req.CPUs) > 0 {
		if err := s.Pin(req.CPUs); err != nil {
			return nil, fmt.Errorf("keep the worker on processors %v: %w", req.CPUs, err)
		}
	}
	backend, err := s.open(ctx, req.Backend)
	if err != nil {
		return nil, err
	}
	if err := backend.Check(ctx); err != nil {
		return nil, err
	}
	s.backend, s.threads = backend, req.Backend.Threads
	s.engine = backend.Describe()
	return &s.engine, nil
}

// openAll opens the arms.
func (s *Server) openAll(ctx context.Context, req OpenRequest, given tensor.Map) (*Opened, error) {
	if !permutation(req.Order, len(req.Models)) {
		return nil, fmt.Errorf("bad order %v of %d arms", req.Order, len(req.Models))
	}
	inputs, err := inputsOf(given, req.Inputs, req.Seed)
	if err != nil {
		return nil, err
	}
	start := s.Clock()
	s.arms = make([]*arm, len(req.Models))
	for _, i := range req.Order {
		if s.arms[i], err = s.openArm(ctx, req.Models[i], taken(req.Models[i], inputs)); err != nil {
			s.close()
			return nil, err
		}
	}
	o := &Opened{Nanoseconds: s.Clock() - start, EngineTimed: s.engineTimed()}
	for _, a := range s.arms {
		o.Starts = append(o.Starts, a.start)
	}
	if s.cpuNow, o.CPUClock = s.CPU(s.threads); o.EngineTimed {
		s.cpuNow, o.CPUClock = nil, CPUUnavailable // the runs are made elsewhere
	}
	return o, nil
}

// permutation reports whether order names each of n arms once.
func permutation(order []int, n int) bool {
	seen := make([]bool, n)
	for _, i := range order {
		if i < 0 || i >= n || seen[i] {
			return false
		}
		seen[i] = true
	}
	return len(order) == n
}

// quietGC collects garbage and then keeps the collector off until the function it returns is called.
func quietGC() func() {
	runtime.GC()
	previous := debug.SetGCPercent(-1)
	return func() { debug.SetGCPercent(previous) }
}

// plans asks every arm what its engine really runs.
func (s *Server) plans(ctx context.Context) []*backends.Plan {
	plans := make([]*backends.Plan, len(s.arms))
	for i, a := range s.arms {
		planner, ok := a.session.(backends.Planner)
		if !ok {
			continue
		}
		if p, err := planner.Plan(ctx); err == nil {
			plans[i] = &p
		}
	}
	return plans
}

// openSession opens one model, in place of the one before.
func (s *Server) openSession(ctx context.Context, req SessionRequest) (*SessionOpened, error) {
	if err := s.release(); err != nil {
		return nil, err
	}
	session, err := s.backend.Open(ctx, req.Model, req.Tuning)
	if err != nil {
		return nil, err
	}
	s.session = session
	_, timed := session.(backends.Timer)
	return &SessionOpened{Timed: timed}, nil
}

// measure has the engine time its own runs.
func (s *Server) measure(ctx context.Context, req Request) (*backends.Times, error) {
	timer, ok := s.session.(backends.Timer)
	if !ok {
		return nil, errors.New("the engine does not time its own runs")
	}
	times, err := timer.Time(ctx, req.Inputs, *req.Measure)
	return &times, err
}

// release closes the model that is open for single runs.
func (s *Server) release() error {
	session := s.session
	if s.session = nil; session == nil {
		return nil
	}
	return session.Close()
}

func (s *Server) close() {
	_ = s.release() // the conversation is over, nothing depends on it
	for _, a := range s.arms {
		if a != nil {
			_ = a.session.Close() // the conversation is over, nothing depends on it
		}
	}
	s.arms = nil
}
