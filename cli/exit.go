package cli

import (
	"context"
	"errors"
	"io"
	"os"
	"slices"

	"github.com/acdeploy/acdeploy"
	"github.com/acdeploy/acdeploy/configs"
	"github.com/acdeploy/acdeploy/internal/bisect"
	"github.com/acdeploy/acdeploy/internal/human"
	"github.com/acdeploy/acdeploy/pipeline"
)

// The exit codes.
const (
	ExitOK          = acdeploy.ExitOK
	ExitFailed      = acdeploy.ExitFailed
	ExitUsage       = acdeploy.ExitUsage
	ExitDiffer      = acdeploy.ExitDiffer
	ExitGate        = acdeploy.ExitGate
	ExitMissing     = acdeploy.ExitMissing
	ExitInvalid     = acdeploy.ExitInvalid
	ExitInterrupted = acdeploy.ExitInterrupted
)

// complain prints an error: one line for each reason, without repetition.
func (a *app) complain(err error) {
	var said []string
	say := func(text string) {
		if slices.Contains(said, text) {
			return
		}
		said = append(said, text)
		if a.json() {
			a.log.Error("failed", "error", text)
			return
		}
		_, _ = io.WriteString(a.err, "acdeploy: "+text+"\n")
	}
	interrupted := errors.Is(err, context.Canceled)
	for _, e := range acdeploy.Reasons(err) {
		if _, answered := errors.AsType[*bisect.Nothing](e); answered {
			continue // that is on standard output
		}
		if interrupted && (errors.Is(e, acdeploy.ErrInvalid) || errors.Is(e, acdeploy.ErrGate)) {
			continue // what else can be expected of it
		}
		if errors.Is(e, context.Canceled) {
			if _, err := os.Stat(a.units); err == nil {
				say("interrupted; run the same command with --resume to continue from the units that are measured")
				continue
			}
			say("interrupted")
			continue
		}
		if _, several := errors.AsType[configs.Fault](e); several { // with the line that it is about
			say(e.Error())
			continue
		}
		say(human.Printable(e.Error()))
	}
	if p, ok := errors.AsType[*pipeline.Panic](err); ok && a.verbose {
		a.trace(p.Trace)
	}
	if s, ok := errors.AsType[*pipeline.Stopped](err); ok {
		a.trace(s.Trace)
	}
}

// trace says where a pass panicked, which takes several lines, so that only those see it who ask for more, or where it was when it was
// stopped.
func (a *app) trace(trace string) {
	if a.json() {
		a.log.Error("trace", "trace", trace)
		return
	}
	_, _ = io.WriteString(a.err, trace)
}
