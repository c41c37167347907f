package tensorrt

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
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
	timeout        time.Duration
	err            error // it could not be started
}

// maxOutput bounds what is kept of each of trtexec's outputs, in bytes. A verbose build writes a few.
const maxOutput = 64 << 20

// run runs trtexec in a process group of its own and waits. When ctx ends or the time is up, the whole
// group is killed.
func run(ctx context.Context, c command) result {
	r := result{args: c.args, timeout: c.timeout}
	limited, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	var stdout, stderr bounded
	cmd := exec.CommandContext(limited, c.path, c.args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = c.folder, &stdout, &stderr
	cmd.WaitDelay = time.Second
	osfile.NewGroup(cmd)
	cmd.Cancel = func() error { return osfile.KillGroup(cmd.Process) }
	err := cmd.Run()
	r.stdout, r.stderr = stdout.String(), stderr.String()
	r.timedOut = ctx.Err() == nil && limited.Err() != nil
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit):
		r.code, r.signal = exit.ExitCode(), osfile.Signal(exit.ProcessState)
	case err != nil && cmd.Process == nil:
		r.code, r.err = -1, err
	}
	return r
}

// bounded keeps the beginning of what is written to it.
type bounded struct{ bytes.Buffer }

func (b *bounded) Write(p []byte) (int, error) {
	b.Buffer.Write(p[:min(len(p), max(maxOutput-b.Len(), 0))])
	return len(p), nil
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
