package worker

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"sync"
	"time"

	"github.com/acdeploy/acdeploy/internal/host"
	"github.com/acdeploy/acdeploy/internal/osfile"
)

// Process is a running worker.
type Process struct {
	Stdin  io.WriteCloser // requests go in here
	Stdout io.Reader      // replies come out here
	Kill   func()         // ends the worker and its children at once; harmless when it has ended
	Wait   func() error   // waits for its end and says what went wrong, with its last words
}

// Launcher starts a worker process.
type Launcher func(ctx context.Context) (*Process, error)

// Command launches workers as a program with arguments, each in a process group of its own, so that an
// interrupt of the terminal does not reach it and a hung one ends with all its children.
func Command(program string, args ...string) Launcher {
	return func(context.Context) (*Process, error) {
		cmd := exec.Command(program, args...)
		cmd.WaitDelay = time.Second
		osfile.NewGroup(cmd)
		stderr := &tail{keep: 64 << 10}
		cmd.Stderr = stderr
		stdin, err := cmd.StdinPipe()
		if err != nil {
			return nil, fmt.Errorf("start worker: %w", err)
		}
		stdout, err := cmd.StdoutPipe()
		if err != nil {
			return nil, fmt.Errorf("start worker: %w", err)
		}
		before := host.Now().OOMKills
		if err := cmd.Start(); err != nil {
			return nil, fmt.Errorf("start worker: %w", err)
		}
		wait := sync.OnceValue(func() error {
			err := cmd.Wait()
			if err == nil {
				return nil
			}
			if why := starved(cmd.ProcessState, before, host.Now().OOMKills, host.ReadLimits()); why != "" {
				err = fmt.Errorf("%w, %s", err, why)
			}
			if words := stderr.String(); words != "" {
				return fmt.Errorf("%w: %s", err, words)
			}
			return err
		})
		return &Process{Stdin: stdin, Stdout: stdout, Wait: wait, Kill: func() {
			end(stdin, wait, func() { _ = osfile.KillGroup(cmd.Process) }) // it fails when the group has ended
		}}, nil
	}
}

// end lets a worker end the programs that it started, which have process groups of their own, and then ends what is
// left of its group.
func end(stdin io.Closer, wait func() error, kill func()) {
	_ = stdin.Close() // the sign to end; it may have ended already
	ended := make(chan struct{})
	go func() {
		_ = wait() // how it ends is told to whoever waits for it
		close(ended)
	}()
	select {
	case <-ended:
	case <-time.After(2 * grace):
	}
	kill()
}

// tail keeps the first and the last bytes written to it.
type tail struct {
	mu    sync.Mutex
	keep  int
	first []byte
	data  []byte
}

// Write never fails.
func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.first = append(t.first, p[:min(len(p), t.keep-len(t.first))]...)
	t.data = append(t.data, p...)
	if excess := len(t.data) - t.keep; excess > 0 {
		t.data = append(t.data[:0], t.data[excess:]...)
	}
	return len(p), nil
}

// String is the line that says why the program died, or else the last two, without the colours that
// engines write.
func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	lines := linesOf(t.data)
	for _, line := range append(linesOf(t.first), lines...) {
		for _, cause := range []string{"panic: ", "fatal error: ", "SIG"} {
			if strings.HasPrefix(line, cause) {
				return line
			}
		}
	}
	return strings.Join(lines[max(0, len(lines)-2):], "; ")
}

func linesOf(text []byte) []string {
	return strings.Split(strings.TrimSpace(stripColours(string(bytes.ToValidUTF8(text, nil)))), "\n")
}

// stripColours removes ANSI escape sequences of the form ESC [ … m.
func stripColours(text string) string {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(text, "\x1b[")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		_, text, found = strings.Cut(rest, "m")
		if !found {
			return b.String()
		}
	}
}
