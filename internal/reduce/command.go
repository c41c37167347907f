package reduce

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"strings"
	"time"

	"github.com/acdeploy/acdeploy/internal/human"
	"github.com/acdeploy/acdeploy/internal/osfile"
)

// Command is a check that another program makes. The system's shell runs the line with the path of a model as its last argument. Exit
// code 0 says that the model is good, any other one or a signal that it is bad. With 125 the program cannot tell, as for git bisect, and
// so it is when it takes longer than the timeout: the model is then not kept. With 126 and 127 the shell says that there is no program that
// it can run, which is an error.
type Command struct {
	Line    string
	Timeout time.Duration // 0 for none
}

// Verdict is what a check says of a model.
type Verdict int

// The verdicts.
const (
	Good Verdict = iota
	Bad
	Unknown // the check could not tell
)

// Answer is a verdict, and how the check came to it.
type Answer struct {
	Verdict
	How string // how it ended, and its last words
}

// The exit codes that say that the check itself did not work, as shells have them.
const (
	cannotTell  = 125
	cannotStart = 126
	notFound    = 127
)

// Valid is the error of a line that the shell cannot read, or that has an interpreter run a script that is not there: either would end
// like a program that calls every model bad.
func (c Command) Valid(ctx context.Context) error {
	if script := scriptOf(c.Line); script != "" {
		if _, err := os.Stat(script); errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("%s runs the script %s, which is not there; give its path from the folder in which acdeploy is started", c.Line, script)
		}
	}
	if runtime.GOOS == "windows" {
		return nil // its shell cannot read a line without running it
	}
	said, err := exec.CommandContext(ctx, "/bin/sh", "-n", "-c", argued(c.Line)).CombinedOutput()
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err != nil {
		return fmt.Errorf("the shell cannot read %s: %s", c.Line, human.Printable(cmp.Or(strings.TrimSpace(string(said)), err.Error())))
	}
	return nil
}

// interpreters are programs whose first argument is a script. Most of them end with the same code where there is none as where the script
// calls a model bad.
var interpreters = regexp.MustCompile(`^(.*/)?(sh|bash|dash|ksh|zsh|python[0-9.]*|perl|ruby|node|lua|Rscript|julia)$`)

// scriptOf is the script that a line has an interpreter run, as far as that can be read without the shell: the first word is an interpreter,
// the next one no option, and has no sign that means something to a shell. It is "" for any other line.
func scriptOf(line string) string {
	words := strings.Fields(line)
	for len(words) > 0 && assignment.MatchString(words[0]) {
		words = words[1:]
	}
	if len(words) < 2 || !interpreters.MatchString(words[0]) || !plainWord.MatchString(words[1]) {
		return ""
	}
	return words[1]
}

var (
	assignment = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*=`)
	plainWord  = regexp.MustCompile(`^[A-Za-z0-9_./][A-Za-z0-9_./+,:@%-]*$`)
)

// Check runs the command over the model at path. It is an error where the command cannot be run.
func (c Command) Check(ctx context.Context, path string) (Answer, error) {
	limited, stop := ctx, func() {}
	if c.Timeout > 0 {
		limited, stop = context.WithTimeout(ctx, c.Timeout)
	}
	defer stop()
	cmd := shell(limited, c.Line, path)
	osfile.NewGroup(cmd)
	cmd.Cancel = func() error { return osfile.KillGroup(cmd.Process) }
	cmd.WaitDelay = time.Second
	var said tail
	cmd.Stdout, cmd.Stderr = &said, &said
	err := cmd.Run()
	if ctx.Err() != nil {
		return Answer{Verdict: Unknown}, context.Cause(ctx)
	}
	if limited.Err() != nil {
		return Answer{Unknown, fmt.Sprintf("it took longer than the timeout, %s", c.Timeout)}, nil
	}
	var failed *exec.ExitError
	switch {
	case err == nil:
		return Answer{Verdict: Good}, nil
	case errors.Is(err, exec.ErrWaitDelay): // it ended, and something that it started holds its output
		return Answer{Verdict: Good}, nil
	case !errors.As(err, &failed):
		return Answer{Verdict: Unknown}, fmt.Errorf("run the check %s: %w", c.Line, osfile.Cause(err))
	}
	code, how := failed.ExitCode(), strings.Replace(failed.Error(), "exit status", "exit code", 1)
	if words := said.line(); words != "" {
		how += ", " + words
	}
	switch code {
	case cannotTell:
		return Answer{Unknown, how}, nil
	case cannotStart, notFound:
		return Answer{Verdict: Unknown}, fmt.Errorf("run the check %s: %s", c.Line, how)
	}
	return Answer{Bad, how}, nil
}

// shell is a line for the system's shell, with one more argument.
func shell(ctx context.Context, line, path string) *exec.Cmd {
	if runtime.GOOS == "windows" {
		return exec.CommandContext(ctx, "cmd", "/c", line+` "`+path+`"`)
	}
	return exec.CommandContext(ctx, "/bin/sh", "-c", argued(line), "sh", path)
}

// argued is a line with the first argument of its shell as its last one.
func argued(line string) string { return line + ` "$1"` }

// tail keeps the end of what a program says.
type tail struct{ bytes.Buffer }

const longest = 4096 // bytes

func (t *tail) Write(p []byte) (int, error) {
	t.Buffer.Write(p)
	if more := t.Len() - longest; more > 0 {
		t.Next(more)
	}
	return len(p), nil
}

// line is the last line.
func (t *tail) line() string {
	lines := strings.Split(strings.TrimSpace(t.String()), "\n")
	return human.Printable(lines[len(lines)-1])
}
