package worker

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/acdeploy/acdeploy/backends"
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
	lines   *bufio.Scanner
	timeout time.Duration
	dead    bool // killed: it is asked nothing more
}

// Start launches a worker. Each of its answers may take as long as the timeout.
func Start(ctx context.Context, launch Launcher, timeout time.Duration) (*Client, error) {
	process, err := launch(ctx)
	if err != nil {
		return nil, err
	}
	lines := bufio.NewScanner(process.Stdout)
	lines.Buffer(make([]byte, 0, 64<<10), maxLine)
	return &Client{process: process, lines: lines, timeout: timeout}, nil
}

// Check asks whether the engine can be used. The error is a [*backends.Unavailable] when it is not there.
func (c *Client) Check(ctx context.Context, req CheckRequest) (*backends.Description, error) {
	r, err := c.ask(ctx, Request{Op: opCheck, Check: &req})
	return r.Engine, err
}

// Open opens models as arms.
func (c *Client) Open(ctx context.Context, req OpenRequest) (Opened, error) {
	r, err := c.ask(ctx, Request{Op: opOpen, Open: &req})
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
	r, err := c.ask(ctx, Request{Op: opThroughput, Throughput: &req})
	if err == nil && r.Throughput == nil {
		err = errors.New("worker counted nothing")
	}
	if err != nil {
		return Throughput{}, err
	}
	return *r.Throughput, nil
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
		return Reply{}, fmt.Errorf("worker did not answer %q within %s", req.Op, c.timeout)
	}
}

// exchange writes a request and reads its reply.
func (c *Client) exchange(req Request) (Reply, error) {
	var r Reply
	line, err := encode(req)
	if err != nil {
		return r, err
	}
	if _, err := c.process.Stdin.Write(line); err != nil {
		return r, err
	}
	if !c.lines.Scan() {
		return r, errors.Join(errClosed, c.lines.Err())
	}
	if err := json.Unmarshal(c.lines.Bytes(), &r); err != nil || r.Op != req.Op {
		return r, fmt.Errorf("the process answered %.80q", c.lines.Text())
	}
	if r.Absent != nil {
		return r, &backends.Unavailable{Reason: r.Absent.Reason, Remedy: r.Absent.Remedy}
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
	if end := c.process.Wait(); end != nil && errors.Is(err, errClosed) {
		return fmt.Errorf("worker failed at %q: %w (%w)", op, err, end)
	}
	return fmt.Errorf("worker failed at %q: %w", op, err)
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
