package pipeline

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"testing"
	"time"
)

// does is a pass that does something.
type does func(ctx context.Context, r *Rewriter) error

func (d does) Run(ctx context.Context, r *Rewriter) error { return d(ctx, r) }

func stuckInHere(end <-chan struct{}) { <-end }

// A pass that takes too long is named, with where it was: one that looks at its context, and one that does not.
func TestPassTimeout(t *testing.T) {
	end := make(chan struct{})
	defer close(end)
	for name, pass := range map[string]does{
		"that listens": func(ctx context.Context, _ *Rewriter) error { stuckInHere(ctx.Done()); return nil },
		"that is deaf": func(context.Context, *Rewriter) error { stuckInHere(end); return nil },
	} {
		_, err := Run(t.Context(), chain(t, 2), []Step{{Name: "slow", Pass: pass}}, Options{PassTimeout: 10 * time.Millisecond})
		if want := "pass slow: it took longer than pass_timeout, 10ms"; err == nil || err.Error() != want {
			t.Errorf("a pass %s: got %v", name, err)
		}
		if s, ok := errors.AsType[*Stopped](err); !ok || !strings.Contains(s.Trace, "stuckInHere") || strings.Count(s.Trace, "goroutine ") > 2 {
			t.Errorf("a pass %s: got %+v", name, s)
		}
	}
}

func TestMaxMemory(t *testing.T) {
	end := make(chan struct{})
	defer close(end)
	hoards := does(func(context.Context, *Rewriter) error {
		var held [][]byte
		for range 64 {
			held = append(held, make([]byte, 4<<20))
		}
		stuckInHere(end)
		runtime.KeepAlive(held)
		return nil
	})
	_, err := Run(t.Context(), chain(t, 2), []Step{{Name: "hoards", Pass: hoards}}, Options{MaxMemory: memory() + 128<<20})
	if err == nil || !strings.HasPrefix(err.Error(), "pass hoards: it took the process to 0.") || !strings.Contains(err.Error(), "over max_memory") {
		t.Errorf("got %v", err)
	}
	if s, ok := errors.AsType[*Stopped](err); !ok || !strings.Contains(s.Trace, "TestMaxMemory") {
		t.Errorf("got %+v", s)
	}
}

// Within its limits a pass does what it does without, and so do one that fails and one that panics.
func TestWithinLimits(t *testing.T) {
	limits := Options{PassTimeout: time.Hour, MaxMemory: 1 << 50}
	failure := errors.New("no luck")
	for _, c := range []struct {
		pass does
		want string
	}{
		{func(context.Context, *Rewriter) error { return nil }, "<nil>"},
		{func(context.Context, *Rewriter) error { return failure }, "pass p: no luck"},
		{func(context.Context, *Rewriter) error { panic("oh") }, "pass p: it panicked: oh; this is a mistake of the pass"},
		{func(context.Context, *Rewriter) error { runtime.Goexit(); return nil }, "pass p: it did not return, and ended its goroutine; this is a mistake of the pass"},
	} {
		_, err := Run(t.Context(), chain(t, 2), []Step{{Name: "p", Pass: c.pass}}, limits)
		if got := text(err); got != c.want {
			t.Errorf("got %s, want %s", got, c.want)
		}
	}
}

func text(err error) string {
	if err == nil {
		return "<nil>"
	}
	return err.Error()
}

// fault is the panic of reading a file that was cut off.
type fault struct{ error }

func (fault) Addr() uintptr { return 7 }

// The fault of a file reaches whoever mapped it, also where the pass runs in a goroutine of its own.
func TestFaultPasses(t *testing.T) {
	defer func() {
		if _, ok := recover().(fault); !ok {
			t.Error("the fault is lost")
		}
	}()
	pass := does(func(context.Context, *Rewriter) error { panic(fault{}) })
	_, err := Run(t.Context(), chain(t, 2), []Step{{Name: "p", Pass: pass}}, Options{PassTimeout: time.Hour})
	t.Errorf("got %v", err)
}
