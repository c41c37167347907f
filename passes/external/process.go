package external

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"strings"
	"time"

	"github.com/acdeploy/acdeploy/internal/human"
	"github.com/acdeploy/acdeploy/internal/osfile"
)

// ending is how a program ended.
type ending struct {
	code     int    // exit status; -1 where a signal ended it
	signal   string // that ended it, "" for none
	words    string // the last of its standard error, on one line
	timedOut bool
}

// start runs the program with more arguments and waits. It runs in a process group of its own, which is killed when the time is up, when ctx
// ends, and when the program has ended: what it leaves running could still write to its folder.
func (p program) start(ctx context.Context, timeout time.Duration, more ...string) (ending, error) {
	limited, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	cmd := exec.CommandContext(limited, p.path, append(append([]string{}, p.args...), more...)...)
	stderr := &tail{}
	cmd.Dir, cmd.Env, cmd.Stderr = p.folder, environment(os.Environ()), stderr
	cmd.WaitDelay = time.Second
	osfile.NewGroup(cmd)
	osfile.DieWithParent(cmd)
	runtime.LockOSThread() // it is the end of this thread that ends the program
	defer runtime.UnlockOSThread()
	cmd.Cancel = func() error { return osfile.KillGroup(cmd.Process) }
	err := cmd.Run()
	if ctx.Err() != nil {
		return ending{}, context.Cause(ctx)
	}
	if cmd.ProcessState == nil {
		return ending{}, fmt.Errorf("start %s: %w", p, startFault(err))
	}
	_ = osfile.KillGroup(cmd.Process) // fails where nothing of it is left
	return ending{
		code: cmd.ProcessState.ExitCode(), signal: osfile.Signal(cmd.ProcessState), words: stderr.String(),
		timedOut: errors.Is(limited.Err(), context.DeadlineExceeded) && !cmd.ProcessState.Success(),
	}, nil
}

// startFault is why a program could not be started, without the operation and the path.
func startFault(err error) error {
	if failed, ok := errors.AsType[*exec.Error](err); ok {
		return failed.Err
	}
	return osfile.Cause(err)
}

// fault is what is wrong with an ending; nil where the program changed the model or says that it did not.
func (e ending) fault(p program, timeout time.Duration) error {
	said := ""
	if e.words != "" {
		said = ": " + e.words
	}
	switch {
	case e.timedOut:
		return fmt.Errorf("%s did not end within %s and was killed; give it more time with timeout%s", p, timeout, said)
	case e.signal != "":
		return fmt.Errorf("%s was ended by a signal (%s)%s", p, e.signal, said)
	case e.code != 0 && e.code != unchanged:
		if said == "" {
			said = ", without a word on standard error"
		}
		return fmt.Errorf("%s ended with exit status %d%s", p, e.code, said)
	}
	return nil
}

// secret are names of variables that hold what a pass has no use for.
var secret = regexp.MustCompile(`(?i)TOKEN|SECRET|PASSWORD|PASSWD|PASSPHRASE|CREDENTIAL|API_?KEY|ACCESS_?KEY|PRIVATE_?KEY|(^|_)AUTH(_|$)|COOKIE`)

// environment is the environment of a program: this one's without what is secret by its name, or by an address with a password in it.
func environment(environ []string) []string {
	kept := make([]string, 0, len(environ))
	for _, pair := range environ {
		name, value, _ := strings.Cut(pair, "=")
		if !secret.MatchString(name) && human.WithoutSecrets(value) == value {
			kept = append(kept, pair)
		}
	}
	return kept
}

const (
	keptBytes = 64 << 10 // of standard error
	toldLines = 4
	toldRunes = 600
)

// tail keeps the last bytes that are written to it.
type tail struct{ data []byte }

// Write never fails.
func (t *tail) Write(p []byte) (int, error) {
	t.data = append(t.data, p[max(0, len(p)-keptBytes):]...)
	if excess := len(t.data) - keptBytes; excess > 0 {
		t.data = append(t.data[:0], t.data[excess:]...)
	}
	return len(p), nil
}

// colour is what steers the colours of a terminal.
var colour = regexp.MustCompile("\x1b\\[[0-9;]*[A-Za-z]")

// String is the last lines that say something, as one, and nothing in it steers a terminal.
func (t *tail) String() string {
	var lines []string
	for line := range bytes.Lines(colour.ReplaceAll(t.data, nil)) {
		if text := strings.TrimSpace(string(line)); text != "" {
			lines = append(lines, text)
		}
	}
	return human.Clip(human.Printable(strings.Join(lines[max(0, len(lines)-toldLines):], "; ")), toldRunes)
}
