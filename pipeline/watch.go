package pipeline

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

// Stopped is the error of a pass that went over a limit. Where the pass did not return when its context ended, it still runs, and the
// graph must not be looked at any more: all that is left to do is to end the process.
type Stopped struct {
	Trace  string // where it was then, as Go prints it: several lines
	reason string // what it went over
	loose  bool   // it still runs
}

// Error says it in a sentence, without the trace.
func (s *Stopped) Error() string { return s.reason }

const (
	lookEvery = 20 * time.Millisecond  // how often the memory is looked at
	patience  = 500 * time.Millisecond // how long a pass has to return when its context has ended
)

// errEndedItself is that of a pass that ends its goroutine, such as by runtime.Goexit.
var errEndedItself = errors.New("it did not return, and ended its goroutine; this is a mistake of the pass")

// ending is how a pass ended.
type ending struct {
	err   error
	fault any // of reading a file that was cut off
}

// watched runs a pass within the limits of the options.
func (r *runner) watched(ctx context.Context, p Pass) (*Rewriter, error) {
	if r.opts.PassTimeout <= 0 && r.opts.MaxMemory <= 0 {
		w := newRewriter(ctx, r.graph, &r.budget)
		w.round = r.result.Rounds
		return w, guarded(ctx, p, w)
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	w := newRewriter(ctx, r.graph, &r.budget)
	w.round = r.result.Rounds
	ended, name := make(chan ending, 1), make(chan []byte, 1)
	go func() {
		debug.SetPanicOnFault(true) // like whoever reads files for this goroutine
		name <- ownName()
		e := ending{err: errEndedItself}
		defer func() {
			e.fault = recover()
			ended <- e
		}()
		e.err = guarded(ctx, p, w)
	}()
	e, stopped := r.wait(ended, <-name, stop)
	if stopped != nil {
		return w, stopped
	}
	if e.fault != nil {
		panic(e.fault)
	}
	return w, e.err
}

// wait waits until the pass has ended or has gone over a limit.
func (r *runner) wait(ended <-chan ending, name []byte, stop func()) (ending, *Stopped) {
	var late <-chan time.Time
	if r.opts.PassTimeout > 0 {
		timer := time.NewTimer(r.opts.PassTimeout)
		defer timer.Stop()
		late = timer.C
	}
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	s := &Stopped{}
	for s.reason == "" {
		select {
		case e := <-ended:
			return e, nil
		case <-late:
			s.reason = fmt.Sprintf("it took longer than pass_timeout, %s", r.opts.PassTimeout)
		case <-look.C:
			if deep() {
				debug.SetMaxStack(stackToEnd)
				s.reason, s.loose = fmt.Sprintf("its calls are nested without end: they take more than %d MB", mostStack>>20), true
			} else if now := memory(); r.opts.MaxMemory > 0 && now > r.opts.MaxMemory {
				s.reason = fmt.Sprintf("it took the process to %.2f GB of memory, over max_memory, %g GB", float64(now)/1e9, float64(r.opts.MaxMemory)/1e9)
			}
		}
	}
	s.Trace = traceOf(name)
	stop()
	if s.loose { // there is no time to wait: calls that are nested too deep end the process
		return ending{}, s
	}
	select {
	case <-ended:
	case <-time.After(patience):
		s.loose = true
	}
	return ending{}, s
}

// Calls that are nested without end cannot be told from a deep graph but by their number. Go ends a process whose calls take a gigabyte. When
// they take mostStack, they get more, so that there is time to end in order.
const (
	mostStack  = 256 << 20
	stackToEnd = min(1<<32, math.MaxInt)
)

// deep reports whether the calls of all goroutines take more memory than those of any sound pass.
func deep() bool {
	samples := []metrics.Sample{{Name: "/memory/classes/heap/stacks:bytes"}}
	metrics.Read(samples)
	return samples[0].Value.Uint64() > mostStack
}

// memory is how much the process holds, but for files that are mapped: what the Go runtime has of the system, or what the system says that
// is in use, whichever is more.
func memory() int64 {
	samples := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
	metrics.Read(samples)
	return max(int64(samples[0].Value.Uint64()-samples[1].Value.Uint64()), resident())
}

// ownName is how the trace of all goroutines calls this one: "goroutine 7 ".
func ownName() []byte {
	head := make([]byte, 64)
	head = head[:runtime.Stack(head, false)]
	if end := bytes.IndexByte(head, '['); end > 0 {
		return head[:end]
	}
	return nil
}

// mostTrace bounds the trace of all goroutines, in bytes.
const mostTrace = 16 << 20

// traceOf is the trace of the goroutine of a name, a part for each in that of all of them.
func traceOf(name []byte) string {
	for size := 1 << 16; ; size *= 4 {
		all := make([]byte, size)
		n := runtime.Stack(all, true)
		if n == size && size < mostTrace {
			continue
		}
		for part := range bytes.SplitSeq(all[:n], []byte("\n\n")) {
			if bytes.HasPrefix(part, name) {
				return string(part) + "\n"
			}
		}
		return ""
	}
}
