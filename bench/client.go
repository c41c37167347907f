package bench

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/acdeploy/acdeploy/backends"
)

// cpuUnavailable is the name of the CPU clock where there is none.
const cpuUnavailable = "unavailable"

// engineError is what a healthy worker says of an engine that refused.
type engineError string

func (e engineError) Error() string { return string(e) }

// errClosed says that a worker is gone.
var errClosed = errors.New("it closed its output")

// client is the parent's side of the conversation with one worker.
type client struct {
	process *Process
	lines   *bufio.Scanner
	timeout time.Duration
	dead    bool // killed: it is asked nothing more
}

func launch(ctx context.Context, start Launcher, timeout time.Duration) (*client, error) {
	process, err := start(ctx)
	if err != nil {
		return nil, err
	}
	lines := bufio.NewScanner(process.Stdout)
	lines.Buffer(make([]byte, 0, 64<<10), maxLine)
	return &client{process: process, lines: lines, timeout: timeout}, nil
}

// ask sends a request and waits for its reply, at most for the timeout. A worker that fails to answer is
// killed.
func (c *client) ask(ctx context.Context, req request) (reply, error) {
	type outcome struct {
		reply reply
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
			return reply{}, c.died(req.Op, o.err)
		}
		return o.reply, errors.Join(o.err, ctx.Err())
	case <-ctx.Done():
		c.kill()
		return reply{}, ctx.Err()
	case <-timer.C:
		c.kill()
		return reply{}, fmt.Errorf("worker did not answer %q within %s", req.Op, c.timeout)
	}
}

// exchange writes a request and reads its reply.
func (c *client) exchange(req request) (reply, error) {
	var r reply
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
		return r, fmt.Errorf("it answered %.80q", c.lines.Text())
	}
	if r.Absent != nil {
		return r, &backends.Unavailable{Reason: r.Absent.Reason, Remedy: r.Absent.Remedy}
	}
	if r.Error != "" {
		return r, engineError(r.Error)
	}
	return r, nil
}

// died completes an error of the conversation with what the worker left behind. Errors that a worker
// reported stay as they are.
func (c *client) died(op string, err error) error {
	var said engineError
	if errors.As(err, &said) || errors.Is(err, backends.ErrUnavailable) {
		return err
	}
	c.kill()
	if end := c.process.Wait(); end != nil && errors.Is(err, errClosed) {
		return fmt.Errorf("worker failed at %q: %w (%w)", op, err, end)
	}
	return fmt.Errorf("worker failed at %q: %w", op, err)
}

// close ends the worker, kindly if it listens.
func (c *client) close(ctx context.Context) {
	if ctx.Err() != nil {
		c.kill()
	}
	if !c.dead {
		_, _ = c.ask(ctx, request{Op: opClose}) // killed below all the same
	}
	_ = c.process.Stdin.Close()
	patience := time.AfterFunc(2*time.Second, c.process.Kill)
	_ = c.process.Wait() // its measurements are in; how it ends does not matter
	patience.Stop()
}

func (c *client) kill() {
	c.dead = true
	c.process.Kill()
}
