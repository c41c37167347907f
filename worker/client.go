package worker

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/tensor"
)

// Refusal is an error that the engine in a healthy worker reported.
type Refusal string

// Error is what the engine said.
func (e Refusal) Error() string { return string(e) }

// errClosed says that a worker is gone.
var errClosed = errors.New("the process closed its output")

// Client is the parent's side of the conversation with one worker. It is not safe for concurrent use.
type Client struct {
	process *Process
	lines   *bufio.Reader
	timeout time.Duration
	dead    bool // killed: it is asked nothing more
}

// Start launches a worker. Each of its answers may take as long as the timeout.
func Start(ctx context.Context, launch Launcher, timeout time.Duration) (*Client, error) {
	process, err := launch(ctx)
	if err != nil {
		return nil, err
	}
	return &Client{process: process, lines: bufio.NewReaderSize(process.Stdout, 64<<10), timeout: timeout}, nil
}

// Check asks whether the engine can be used. The error is a [*backends.Unavailable] when it is not there.
func (c *Client) Check(ctx context.Context, req CheckRequest) (*backends.Description, error) {
	r, err := c.ask(ctx, Request{Op: opCheck, Check: &req})
	return r.Engine, err
}

// Open opens models as arms.
func (c *Client) Open(ctx context.Context, req OpenRequest) (Opened, error) {
	r, err := c.ask(ctx, Request{Op: opOpen, Open: &req, Inputs: req.Given})
	if err == nil && r.Opened == nil {
		err = errors.New("worker opened nothing")
	}
	if err != nil {
		return Opened{}, err
	}
	return *r.Opened, nil
}

// Time runs arms and times each run.
func (c *Client) Time(ctx context.Context, req TimeRequest) (Times, error) {
	r, err := c.ask(ctx, Request{Op: opTime, Time: &req})
	if err != nil {
		return Times{}, err
	}
	round := len(req.Order) * req.Each
	if round < 1 || r.Times == nil || len(r.Times.Nanoseconds) == 0 || len(r.Times.Nanoseconds)%round != 0 {
		return Times{}, fmt.Errorf("worker did not time the %d runs of a block", round)
	}
	for _, ns := range r.Times.Nanoseconds {
		if ns < 0 {
			return Times{}, fmt.Errorf("worker reported a run of %d ns", ns)
		}
	}
	return *r.Times, nil
}

// Run runs arms and compares their answers.
func (c *Client) Run(ctx context.Context, req RunRequest) (Answers, error) {
	r, err := c.ask(ctx, Request{Op: opRun, Run: &req})
	if err == nil && r.Answers == nil {
		err = errors.New("worker compared no answers")
	}
	if err != nil {
		return Answers{}, err
	}
	return *r.Answers, nil
}

// Slow adds to every later run of each arm the given share of what the run took.
func (c *Client) Slow(ctx context.Context, shares []float64) error {
	_, err := c.ask(ctx, Request{Op: opSlow, Slow: shares})
	return err
}

// Plans asks what the engine runs for each arm; nil for an arm of which it does not tell.
func (c *Client) Plans(ctx context.Context) ([]*backends.Plan, error) {
	r, err := c.ask(ctx, Request{Op: opPlans})
	return r.Plans, err
}

// Throughput counts the runs of several copies of a model at the same time.
func (c *Client) Throughput(ctx context.Context, req ThroughputRequest) (Throughput, error) {
	r, err := c.ask(ctx, Request{Op: opThroughput, Throughput: &req, Inputs: req.Given})
	if err == nil && r.Throughput == nil {
		err = errors.New("worker counted nothing")
	}
	if err != nil {
		return Throughput{}, err
	}
	return *r.Throughput, nil
}

// openSession opens one model, and says whether its engine times its own runs.
func (c *Client) openSession(ctx context.Context, req SessionRequest) (timed bool, err error) {
	r, err := c.ask(ctx, Request{Op: opSession, Session: &req})
	if err == nil && r.Session == nil {
		err = errors.New("worker opened nothing")
	}
	if err != nil {
		return false, err
	}
	return r.Session.Timed, nil
}

// infer runs the model that is open.
func (c *Client) infer(ctx context.Context, in tensor.Map) (tensor.Map, error) {
	r, err := c.ask(ctx, Request{Op: opInfer, Inputs: in})
	if err != nil {
		return nil, err
	}
	return r.outputs, nil
}

// measure has an engine that times its own runs do so.
func (c *Client) measure(ctx context.Context, in tensor.Map, ask backends.Timing) (backends.Times, error) {
	r, err := c.ask(ctx, Request{Op: opMeasure, Measure: &ask, Inputs: in})
	if err == nil && r.Measured == nil {
		err = errors.New("worker timed nothing")
	}
	if err != nil {
		return backends.Times{}, err
	}
	return *r.Measured, nil
}

// release closes the model that is open.
func (c *Client) release(ctx context.Context) error {
	_, err := c.ask(ctx, Request{Op: opRelease})
	return err
}

// ask sends a request and waits for its reply, at most for the timeout. A worker that fails to answer is
// killed.
func (c *Client) ask(ctx context.Context, req Request) (Reply, error) {
	type outcome struct {
		reply Reply
		err   error
	}
	done := make(chan outcome, 1)
	go func() {
		r, err := c.exchange(req)
		done <- outcome{r, err}
	}()
	timer := time.NewTimer(c.timeout)
	defer timer.Stop()
	select {
	case o := <-done:
		if o.err != nil && ctx.Err() == nil {
			return Reply{}, c.died(req.Op, o.err)
		}
		return o.reply, errors.Join(o.err, ctx.Err())
	case <-ctx.Done():
		c.kill()
		return Reply{}, ctx.Err()
	case <-timer.C:
		c.kill()
		return Reply{}, &Died{op: req.Op, limit: c.timeout}
	}
}

// exchange writes a request and reads its reply.
func (c *Client) exchange(req Request) (Reply, error) {
	var r Reply
	heads, raw, err := pack(req.Inputs)
	if err != nil {
		return r, Refusal(err.Error())
	}
	req.Tensors = heads
	if err := send(c.process.Stdin, req, raw); err != nil {
		return r, errors.Join(errClosed, err)
	}
	line, err := readLine(c.lines)
	if err != nil {
		return r, errors.Join(errClosed, err)
	}
	if err := json.Unmarshal(line, &r); err != nil || r.Op != req.Op {
		return r, fmt.Errorf("the process answered %.80q", line)
	}
	if r.outputs, err = unpack(c.lines, r.Tensors); err != nil {
		return r, errors.Join(errClosed, err)
	}
	if r.Absent != nil {
		return r, &backends.Unavailable{Reason: r.Absent.Reason, Remedy: r.Absent.Remedy, Broken: r.Absent.Broken, Unsafe: r.Absent.Unsafe}
	}
	if r.Error != "" {
		return r, Refusal(r.Error)
	}
	return r, nil
}

// died completes an error of the conversation with what the worker wrote last. Errors that a worker
// reported stay as they are.
func (c *Client) died(op string, err error) error {
	var said Refusal
	if errors.As(err, &said) || errors.Is(err, backends.ErrUnavailable) {
		return err
	}
	c.kill()
	d := &Died{op: op, err: err}
	if errors.Is(err, errClosed) {
		d.err, d.end = errClosed, c.process.Wait()
	}
	return d
}

// Died says how a worker came to an end instead of answering.
type Died struct {
	op    string
	limit time.Duration // that its answer exceeded; 0 where it was not too slow
	err   error         // of the conversation
	end   error         // of the process, with its last words; nil where it ended by itself
}

// Error says it with what was asked.
func (d *Died) Error() string {
	switch {
	case d.limit > 0:
		return fmt.Sprintf("worker did not answer %q within %s (the limit is --timeout, bench.timeout)", d.op, d.limit)
	case d.end != nil:
		return fmt.Sprintf("worker failed at %q: %v (%v)", d.op, d.err, d.end)
	}
	return fmt.Sprintf("worker failed at %q: %v", d.op, d.err)
}

// how says it as the end of a sentence about the engine.
func (d *Died) how() string {
	switch {
	case d.limit > 0:
		return fmt.Sprintf("did not answer within %s and was ended (the limit is --timeout, bench.timeout)", d.limit)
	case d.end != nil:
		return fmt.Sprintf("crashed (%v)", d.end)
	case errors.Is(d.err, errClosed):
		return "ended the process it ran in (exit status 0)"
	}
	return fmt.Sprintf("disturbed its process (%v)", d.err)
}

// Close ends the worker: by a request if it listens, by a signal if it does not.
func (c *Client) Close(ctx context.Context) {
	if ctx.Err() != nil {
		c.kill()
	}
	if !c.dead {
		_, _ = c.ask(ctx, Request{Op: opClose}) // killed below all the same
	}
	_ = c.process.Stdin.Close()
	patience := time.AfterFunc(2*time.Second, c.process.Kill)
	_ = c.process.Wait() // its measurements are in; how it ends does not matter
	patience.Stop()
}

func (c *Client) kill() {
	c.dead = true
	c.process.Kill()
}
