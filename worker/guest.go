package worker

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/tensor"
)

// Guest is an engine that runs in worker processes only: each model that is open has one of its own. A worker in
// which a model was closed serves the next.
type Guest struct {
	local   backends.Backend
	spec    func(backends.Backend) (BackendSpec, error)
	launch  Launcher
	timeout time.Duration

	mutex   sync.Mutex
	idle    []*Client             // workers whose engine was checked and that have no model open
	checked *backends.Description // what a worker said of the engine
}

var (
	_ backends.Backend    = (*Guest)(nil)
	_ backends.Tunable    = (*Guest)(nil)
	_ backends.Identifier = (*Guest)(nil)
)

// defaultTimeout is how long one answer of a guest may take where nobody says.
const defaultTimeout = 2 * time.Minute

// NewGuest has an engine run in workers. The local backend holds its options and describes it, and opens nothing;
// spec names it for a worker. Each answer may take as long as the timeout, those about models as long as the engine's own
// limits allow, see [backends.Patient]; 0 for two minutes.
func NewGuest(local backends.Backend, spec func(backends.Backend) (BackendSpec, error), launch Launcher, timeout time.Duration) *Guest {
	if timeout <= 0 {
		timeout = defaultTimeout
	}
	return &Guest{local: local, spec: spec, launch: launch, timeout: timeout}
}

// Describe is what a worker said of the engine, once it was checked, else what its options say.
func (g *Guest) Describe() backends.Description {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	if g.checked != nil {
		return *g.checked
	}
	return g.local.Describe()
}

// Identify implements [backends.Identifier].
func (g *Guest) Identify(ctx context.Context) backends.Description {
	d := backends.Identify(ctx, g.local)
	if d.Version == "" {
		d.Version = g.Describe().Version
	}
	return d
}

// Tuned implements [backends.Tunable].
func (g *Guest) Tuned(t backends.Tuning) (backends.Backend, error) {
	local, err := backends.Tune(g.local, t)
	if err != nil {
		return nil, err
	}
	return NewGuest(local, g.spec, g.launch, g.timeout), nil
}

// Check implements [backends.Backend]. An engine that takes its worker along is one that cannot be used.
func (g *Guest) Check(ctx context.Context) error {
	w, err := g.take(ctx)
	if err != nil {
		return err
	}
	g.keep(w)
	return nil
}

// Open implements [backends.Backend].
func (g *Guest) Open(ctx context.Context, model backends.Model, tuning backends.Tuning) (backends.Session, error) {
	w, err := g.take(ctx)
	if err != nil {
		return nil, err
	}
	timed, err := w.openSession(ctx, SessionRequest{Model: model, Tuning: tuning})
	if err != nil {
		g.keep(w)
		return nil, g.explain(ctx, "opened "+model.Name, err)
	}
	s := &guestSession{guest: g, worker: w, model: model.Name}
	if timed {
		return timedGuest{s}, nil
	}
	return s, nil
}

// Close ends the workers that have no model open. Those of open models end with their sessions.
func (g *Guest) Close() error {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	for _, w := range g.idle {
		w.Close(context.Background())
	}
	g.idle = nil
	return nil
}

// take is a worker with the engine in it and no model.
func (g *Guest) take(ctx context.Context) (*Client, error) {
	g.mutex.Lock()
	if last := len(g.idle) - 1; last >= 0 {
		w := g.idle[last]
		g.idle = g.idle[:last]
		g.mutex.Unlock()
		return w, ctx.Err()
	}
	g.mutex.Unlock()
	spec, err := g.spec(g.local)
	if err != nil {
		return nil, err
	}
	w, err := Start(ctx, g.launch, g.timeout) // an engine has patience for its models, not to say that it is there
	if err != nil {
		return nil, err
	}
	d, err := w.Check(ctx, CheckRequest{Backend: spec})
	if err == nil && d == nil {
		err = errors.New("worker did not describe the engine")
	}
	if err != nil {
		w.Close(ctx)
		return nil, g.absent(ctx, err)
	}
	w.timeout = g.patience()
	g.mutex.Lock()
	g.checked = d
	g.mutex.Unlock()
	return w, nil
}

// keep puts a worker back, unless it has ended.
func (g *Guest) keep(w *Client) {
	if w.dead {
		w.Close(context.Background())
		return
	}
	g.mutex.Lock()
	defer g.mutex.Unlock()
	g.idle = append(g.idle, w)
}

// patience is how long one answer about a model may take.
func (g *Guest) patience() time.Duration {
	if p, ok := g.local.(backends.Patient); ok {
		return max(g.timeout, p.Patience())
	}
	return g.timeout
}

// absent makes the death of a worker that was to load an engine the absence of the engine.
func (g *Guest) absent(ctx context.Context, err error) error {
	if _, died := errors.AsType[*Died](err); !died || ctx.Err() != nil {
		return err
	}
	remedy := "the engine's own program or library is at fault: install it again, or name another one"
	return &backends.Unavailable{Reason: g.explain(ctx, "loaded", err).Error(), Remedy: remedy, Broken: true, Err: err}
}

// identifyTime is how long it may take to find out which library an engine has.
const identifyTime = 5 * time.Second

// explain says in one line what an engine did to its worker, and which library it has. Other errors stay as
// they are.
func (g *Guest) explain(ctx context.Context, doing string, err error) error {
	died, ok := errors.AsType[*Died](err)
	if !ok || ctx.Err() != nil {
		return err
	}
	d := g.Describe()
	if d.Library == "" {
		limited, cancel := context.WithTimeout(ctx, identifyTime)
		defer cancel()
		d = backends.Identify(limited, g.local)
	}
	library := ""
	if d.Library != "" {
		library = " (library " + d.Library + ")"
	}
	return fmt.Errorf("%s%s %s while it %s", d.Name, library, died.how(), doing)
}

// guestSession is a model that is open in a worker.
type guestSession struct {
	guest  *Guest
	worker *Client // nil once the session is closed
	model  string
	lost   error // how the worker ended
}

var errClosedSession = errors.New("the session is closed")

// Run implements [backends.Session].
func (s *guestSession) Run(ctx context.Context, in tensor.Map) (tensor.Map, error) {
	if err := s.usable(ctx); err != nil {
		return nil, err
	}
	out, err := s.worker.infer(ctx, in)
	return out, s.after(ctx, "ran "+s.model, err)
}

// Close implements [backends.Session]. The worker goes back to the others.
func (s *guestSession) Close() error {
	w := s.worker
	if s.worker = nil; w == nil {
		return nil
	}
	if !w.dead {
		if err := w.release(context.Background()); err != nil && !w.dead {
			w.kill() // what it still holds is not known
		}
	}
	s.guest.keep(w)
	return nil
}

func (s *guestSession) usable(ctx context.Context) error {
	switch {
	case s.worker == nil:
		return fmt.Errorf("run %s: %w", s.model, errClosedSession)
	case s.lost != nil:
		return s.lost
	}
	return ctx.Err()
}

// after remembers how a worker ended.
func (s *guestSession) after(ctx context.Context, doing string, err error) error {
	if err == nil {
		return nil
	}
	err = s.guest.explain(ctx, doing, err)
	if s.worker.dead {
		s.lost = err
	}
	return err
}

// timedGuest is a session whose engine times its own runs.
type timedGuest struct{ *guestSession }

// Time implements [backends.Timer].
func (s timedGuest) Time(ctx context.Context, in tensor.Map, ask backends.Timing) (backends.Times, error) {
	if err := s.usable(ctx); err != nil {
		return backends.Times{}, err
	}
	times, err := s.worker.measure(ctx, in, ask)
	return times, s.after(ctx, "timed "+s.model, err)
}
