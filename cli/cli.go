// Package cli is the command line of acdeploy, one file per sub-command.
//
// Results go to standard output, logs and progress to standard error. A program with other passes,
// backends or report formats is a main function that calls [Main] with a [Toolbox] of its own.
package cli

import (
	"context"
	"errors"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	"time"

	"github.com/acdeploy/acdeploy"
	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/catalog"
	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/human"
	"github.com/acdeploy/acdeploy/pipeline"
	"github.com/acdeploy/acdeploy/reports"
	"github.com/acdeploy/acdeploy/verify"
	"github.com/acdeploy/acdeploy/worker"
)

// Toolbox is what the program was built with.
type Toolbox struct {
	Passes   catalog.Catalog[pipeline.Pass]    // in the order in which they run by default
	Backends catalog.Catalog[backends.Backend] // the engines
	Formats  catalog.Catalog[reports.Format]   // in which reports can be written
	Exact    Float64                           // runs graphs in float64: Exact(reference.OpenPartly)
	// Probe loads a library of ONNX Runtime and returns its version; nil where none can be loaded.
	Probe func(path string) (version string, err error)
}

// Float64 opens a graph in memory to run in float64.
type Float64 = func(m *graph.Model) (verify.Exact, error)

// Exact makes a [Float64] of a function that returns types of its own.
func Exact[S verify.Executor[E], E verify.Evaluation](open func(m *graph.Model) (S, error)) Float64 {
	return verify.ExactBy(open)
}

// patience is how long an interrupted command may take to keep what it has.
const patience = 900 * time.Millisecond

// garbage is how many bytes of garbage there may be for each 100 that are needed. A graph of many small nodes then takes a sixth less
// memory than with Go's 100, in the same time.
const garbage = 60

// Main runs the command line of the process and returns its exit code.
func Main(tools Toolbox) int {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(garbage)
	}
	ctx, stop := signal.NotifyContext(context.Background(), ending()...)
	defer stop()
	context.AfterFunc(ctx, stop) // a second interrupt ends the process at once
	code := make(chan int, 1)
	go func() { code <- Run(ctx, os.Stdout, os.Stderr, os.Args[1:], tools) }()
	select {
	case c := <-code:
		return c
	case <-ctx.Done():
	}
	select {
	case c := <-code:
		return c
	case <-time.After(patience):
		return ExitInterrupted
	}
}

// ending are the signals that end a command in order. The end of the terminal is one of them, unless who started the
// command wants it to go on then, as nohup does.
func ending() []os.Signal {
	signals := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) {
		signals = append(signals, syscall.SIGHUP)
	}
	return signals
}

// Run runs a command line and returns its exit code.
func Run(ctx context.Context, w, wErr io.Writer, args []string, tools Toolbox) int {
	out := &output{w: w}
	clean, said := human.NewWriter(out), human.NewWriter(wErr)
	a := &app{
		tools:   acdeploy.Toolbox{Passes: tools.Passes, Backends: tools.Backends, Formats: tools.Formats, Exact: tools.Exact},
		formats: tools.Formats, load: tools.Probe, args: args, raw: out, out: clean, err: said,
	}
	root := newRoot(a)
	root.SetArgs(args)
	root.SetOut(clean)
	root.SetErr(said)
	err := root.ExecuteContext(ctx)
	_ = clean.Flush() // out has the error
	a.progress.clear()
	if err == nil || !errors.Is(err, out.err) {
		err = errors.Join(err, out.err)
	}
	if ctx.Err() != nil && err != nil {
		err = errors.Join(context.Canceled, err)
	}
	if a.progress == nil { // the command line was wrong before anything began
		err = errors.Join(err, a.start())
	}
	a.complain(err)
	return acdeploy.ExitCode(err)
}

// launcher starts this program as a worker.
func (a *app) launcher() worker.Launcher {
	program, err := os.Executable()
	if err != nil {
		program = os.Args[0]
	}
	args := []string{workerCommand}
	if a.library != "" {
		args = append(args, "--"+libraryFlag, a.library)
	}
	return worker.Command(program, args...)
}
