package tensorrt

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"runtime"
	"strings"
	"time"

	"github.com/acdeploy/acdeploy/internal/osfile"
)

// command is one run of trtexec.
type command struct {
	path    string
	args    []string
	folder  string // "" for the present one
	timeout time.Duration
}

// result is what came of a command.
type result struct {
	args           []string
	stdout, stderr string
	code           int    // exit status; -1 where there is none
	signal         string // that ended it, "" for none
	timedOut       bool
	flooded        bool // it printed without end
	timeout        time.Duration
	err            error // it could not be started
}

// maxEnd bounds what is kept of the beginning and of the end of each of trtexec's outputs, in bytes. What it
// was asked stands at the beginning, how it went at the end.
const maxEnd = 1 << 20

// maxOutput is how many bytes trtexec may print at all before it is killed. A verbose build prints a few
// million.
const maxOutput = 256 << 20

// run runs trtexec in a process group of its own and waits. The whole group is killed when ctx ends, when
// the time is up and when it prints without end. Where the system can do it, trtexec also ends when this process does.
func run(ctx context.Context, c command) result {
	r := result{args: c.args, timeout: c.timeout}
	limited, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	stdout, stderr := bounded{stop: cancel}, bounded{stop: cancel}
	cmd := exec.CommandContext(limited, c.path, c.args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = c.folder, &stdout, &stderr
	cmd.WaitDelay = time.Second
	osfile.NewGroup(cmd)
	osfile.DieWithParent(cmd)
	runtime.LockOSThread() // it is the end of this thread that ends trtexec
	defer runtime.UnlockOSThread()
	cmd.Cancel = func() error { return osfile.KillGroup(cmd.Process) }
	err := cmd.Run()
	r.stdout, r.stderr = stdout.String(), stderr.String()
	r.flooded = stdout.flooded() || stderr.flooded()
	r.timedOut = ctx.Err() == nil && errors.Is(limited.Err(), context.DeadlineExceeded)
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit):
		r.code, r.signal = exit.ExitCode(), osfile.Signal(exit.ProcessState)
	case err != nil && cmd.Process == nil:
		r.code, r.err = -1, err
	}
	return r
}

// bounded keeps the beginning and the end of what is written to it. It calls stop when that is too much.
type bounded struct {
	head, tail []byte
	total      int
	stop       func()
}

func (b *bounded) Write(p []byte) (int, error) {
	n := len(p)
	if b.total += n; b.flooded() {
		b.stop()
	}
	fits := min(n, maxEnd-len(b.head))
	b.head, p = append(b.head, p[:fits]...), p[fits:]
	if len(b.tail)+len(p) > 2*maxEnd { // rarely, so that each byte is moved a few times at most
		p = p[max(len(p)-maxEnd, 0):]
		keep := maxEnd - len(p)
		b.tail = append(b.tail[:0], b.tail[max(len(b.tail)-keep, 0):]...)
	}
	b.tail = append(b.tail, p...)
	return n, nil
}

func (b *bounded) flooded() bool { return b.total > maxOutput }

// String is what was kept; a line of its own stands for what was not.
func (b *bounded) String() string {
	tail := b.tail[max(len(b.tail)-maxEnd, 0):]
	if left := b.total - len(b.head) - len(tail); left > 0 {
		return fmt.Sprintf("%s\n… %d bytes left out …\n%s", b.head, left, tail)
	}
	return string(b.head) + string(tail)
}

// commandLine is what a person would type to repeat a run.
func commandLine(path string, args []string) string {
	words := make([]string, len(args))
	for i, a := range args {
		if words[i] = a; strings.ContainsAny(a, " '\"\\$*") {
			words[i] = "'" + strings.ReplaceAll(a, "'", `'\''`) + "'"
		}
	}
	return fmt.Sprintf("%s %s", path, strings.Join(words, " "))
}
