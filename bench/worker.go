package bench

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"runtime"
	"runtime/debug"
	"time"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/internal/stats"
	"github.com/acdeploy/acdeploy/tensor"
)

// OpenBackend makes the backend that a spec names.
type OpenBackend func(ctx context.Context, spec BackendSpec) (backends.Backend, error)

// Worker serves one unit of a measurement: it reads requests from in and answers on out until it is told
// to close or in ends. Nothing else may write to out. It returns an error when the conversation itself
// fails; what fails in an engine is part of the conversation.
func Worker(ctx context.Context, in io.Reader, out io.Writer, open OpenBackend) error {
	start := time.Now()
	w := &worker{
		open:  open,
		clock: func() int64 { return int64(time.Since(start)) },
		cpu:   cpuClock,
		pin:   pin,
	}
	return w.serve(ctx, in, out)
}

// worker holds the arms of a unit. Its clocks are injected.
type worker struct {
	open  OpenBackend
	clock func() int64                             // wall time in nanoseconds
	cpu   func(threads int) (func() int64, string) // the CPU clock for so many threads, nil where there is none

	pin func(cpus []int) error // keeps this thread on processors; nil for nothing

	arms   []*arm
	engine backends.Description
	cpuNow func() int64
}

// arm is an opened model with its inputs in place.
type arm struct {
	model   backends.Model
	session backends.Session
	inputs  tensor.Map
	run     func() error
	outputs func() (tensor.Map, error)
	first   tensor.Map // the first answer
}

func (w *worker) serve(ctx context.Context, in io.Reader, out io.Writer) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	defer w.close()
	lines := bufio.NewScanner(in)
	lines.Buffer(make([]byte, 0, 64<<10), maxLine)
	for lines.Scan() {
		var req request
		if err := json.Unmarshal(lines.Bytes(), &req); err != nil {
			return fmt.Errorf("read request: %w", err)
		}
		line, err := encode(w.answer(ctx, req))
		if err != nil {
			return fmt.Errorf("write reply: %w", err)
		}
		if _, err := out.Write(line); err != nil {
			return fmt.Errorf("write reply: %w", err)
		}
		if req.Op == opClose {
			return nil
		}
	}
	return lines.Err()
}

// answer does what is asked and says what came of it.
func (w *worker) answer(ctx context.Context, req request) reply {
	r := reply{Op: req.Op}
	var err error
	switch {
	case req.Op == opOpen && req.Open != nil:
		r.Opened, err = w.openAll(ctx, *req.Open)
	case req.Op == opWarmUp && req.WarmUp != nil && w.valid(req.WarmUp.Order) && w.selfTimed():
		r.WarmUp, err = w.warmUpTimers(ctx, *req.WarmUp)
	case req.Op == opWarmUp && req.WarmUp != nil && w.valid(req.WarmUp.Order):
		r.WarmUp, err = w.warmUp(*req.WarmUp)
	case req.Op == opBlock && w.valid(req.Order) && w.selfTimed():
		r.Block, err = w.blockTimers(ctx, req.Order)
	case req.Op == opBlock && w.valid(req.Order):
		r.Block, err = w.block(req.Order)
	case req.Op == opAnswers && req.Answers != nil:
		r.Answers, err = w.answers(*req.Answers)
	case req.Op == opSlow && w.selfTimed():
		err = errors.New("an engine that times itself cannot be slowed down")
	case req.Op == opSlow && len(req.Slow) == len(w.arms):
		w.slow(req.Slow)
	case req.Op == opMemory && len(w.arms) > 0:
		r.Peak, err = w.memory()
	case req.Op == opStreams && req.Streams != nil:
		r.Streams, err = w.streams(ctx, *req.Streams)
	case req.Op == opPlans:
		r.Plans = w.plans()
	case req.Op == opClose:
		w.close()
	default:
		err = fmt.Errorf("bad request %q", req.Op)
	}
	if missing, ok := errors.AsType[*backends.Unavailable](err); ok {
		r.Absent = &absent{missing.Reason, missing.Remedy}
	} else if err != nil {
		r.Error = err.Error()
	}
	return r
}

// valid reports whether an order names open arms only.
func (w *worker) valid(order []int) bool {
	for _, a := range order {
		if a < 0 || a >= len(w.arms) {
			return false
		}
	}
	return len(order) > 0
}

func (w *worker) openAll(ctx context.Context, req openRequest) (*opened, error) {
	backend, inputs, err := w.ready(ctx, req)
	if err != nil {
		return nil, err
	}
	if !permutation(req.Order, len(req.Models)) {
		return nil, fmt.Errorf("bad order %v of %d arms", req.Order, len(req.Models))
	}
	start := w.clock()
	w.arms = make([]*arm, len(req.Models))
	for _, i := range req.Order {
		if w.arms[i], err = openArm(ctx, backend, req.Models[i], inputs); err != nil {
			w.close()
			return nil, err
		}
	}
	o := &opened{Nanoseconds: w.clock() - start}
	if w.cpuNow, o.CPUClock = w.cpu(req.Backend.Threads); w.selfTimed() {
		w.cpuNow, o.CPUClock = nil, cpuUnavailable // the runs are made elsewhere
	}
	w.engine = backend.Describe()
	o.Engine = &w.engine
	return o, nil
}

// ready makes the engine and the inputs.
func (w *worker) ready(ctx context.Context, req openRequest) (backends.Backend, tensor.Map, error) {
	if len(req.CPUs) > 0 && w.pin != nil {
		if err := w.pin(req.CPUs); err != nil {
			return nil, nil, fmt.Errorf("stay on processors %v: %w", req.CPUs, err)
		}
	}
	backend, err := w.open(ctx, req.Backend)
	if err != nil {
		return nil, nil, err
	}
	if err := backend.Check(ctx); err != nil {
		return nil, nil, err
	}
	inputs, err := makeInputs(req.Inputs, req.Seed)
	return backend, inputs, err
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

// openArm opens a model, binds its inputs where the session can, and runs it once.
func openArm(ctx context.Context, b backends.Backend, model backends.Model, inputs tensor.Map) (*arm, error) {
	session, err := b.Open(ctx, model, backends.Tuning{})
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", model.Name, err)
	}
	a := &arm{model: model, session: session, inputs: inputs}
	if binder, ok := session.(backends.Binder); ok {
		bound, err := binder.Bind(ctx, inputs)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("bind inputs of %s: %w", model.Name, err), session.Close())
		}
		a.run, a.outputs = bound.Run, bound.Outputs
	} else {
		var last tensor.Map
		a.run = func() (err error) { last, err = session.Run(ctx, inputs); return err }
		a.outputs = func() (tensor.Map, error) { return last, nil }
	}
	if a.first, err = a.answer(); err != nil {
		return nil, errors.Join(err, session.Close())
	}
	return a, nil
}

// answer runs the arm once, untimed, and returns its outputs.
func (a *arm) answer() (tensor.Map, error) {
	if err := a.run(); err != nil {
		return nil, fmt.Errorf("run %s: %w", a.model.Name, err)
	}
	out, err := a.outputs()
	if err != nil {
		return nil, fmt.Errorf("read outputs of %s: %w", a.model.Name, err)
	}
	return out, nil
}

// warmUp runs the arms in windows until the medians of the last three agree for every arm, or the limit
// is reached. A window holds the order at least once.
func (w *worker) warmUp(req warmUpRequest) (*warmedUp, error) {
	defer quietGC()()
	done := &warmedUp{Medians: make([]int64, len(w.arms))}
	var windows [][]float64 // medians of each arm
	start := w.clock()
	for {
		samples := make([][]float64, len(w.arms))
		for began := w.clock(); ; {
			for _, a := range req.Order {
				t := w.clock()
				if err := w.arms[a].run(); err != nil {
					return nil, fmt.Errorf("run %s: %w", w.arms[a].model.Name, err)
				}
				samples[a] = append(samples[a], float64(w.clock()-t))
			}
			if w.clock()-began >= req.Window {
				break
			}
		}
		medians := make([]float64, len(w.arms))
		for a, s := range samples {
			medians[a] = stats.Median(s)
		}
		windows = append(windows, medians)
		done.Nanoseconds, done.Windows = w.clock()-start, len(windows)
		done.Stable = steady(windows, req.Agreement)
		if done.Stable || done.Nanoseconds >= req.Limit {
			break
		}
	}
	for a, median := range windows[len(windows)-1] {
		if !math.IsNaN(median) {
			done.Medians[a] = int64(median)
		}
	}
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

// block times every run of an order. Nothing is allocated, collected or written while it lasts.
func (w *worker) block(order []int) (*blockTimes, error) {
	times := &blockTimes{Nanoseconds: make([]int64, len(order))}
	if w.cpuNow != nil {
		times.CPU = make([]int64, len(w.arms))
	}
	defer quietGC()()
	if at, err := w.time(order, times); err != nil {
		return nil, fmt.Errorf("run %s: %w", w.arms[order[at]].model.Name, err)
	}
	return times, nil
}

// time is the timed loop. The CPU clock, a system call, is read outside the wall time of the runs; what
// little of the loop it sees is the same for all arms.
func (w *worker) time(order []int, times *blockTimes) (int, error) {
	cpu := int64(0)
	if times.CPU != nil {
		cpu = w.cpuNow()
	}
	for i, a := range order {
		run := w.arms[a].run
		start := w.clock()
		err := run()
		times.Nanoseconds[i] = w.clock() - start
		if err != nil {
			return i, err
		}
		if times.CPU != nil {
			now := w.cpuNow()
			times.CPU[a] += now - cpu
			cpu = now
		}
	}
	return 0, nil
}

// quietGC collects garbage and then keeps the collector off until the function it returns is called.
func quietGC() func() {
	runtime.GC()
	previous := debug.SetGCPercent(-1)
	return func() { debug.SetGCPercent(previous) }
}

// plans asks every arm what its engine really runs.
func (w *worker) plans() []*backends.Plan {
	plans := make([]*backends.Plan, len(w.arms))
	for i, a := range w.arms {
		planner, ok := a.session.(backends.Planner)
		if !ok {
			continue
		}
		if p, err := planner.Plan(); err == nil {
			plans[i] = &p
		}
	}
	return plans
}

func (w *worker) close() {
	for _, a := range w.arms {
		if a != nil {
			_ = a.session.Close() // the unit is over, nothing depends on it
		}
	}
	w.arms = nil
}
