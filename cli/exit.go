package cli

import (
	"context"
	"errors"
	"os"
	"slices"
	"strings"

	"github.com/acdeploy/acdeploy"
	"github.com/acdeploy/acdeploy/configs"
)

// The exit codes.
const (
	ExitOK          = 0   // all good
	ExitFailed      = 1   // failed, for the reason printed
	ExitUsage       = 2   // the command line or the configuration is wrong
	ExitDiffer      = 3   // the answers differ
	ExitGate        = 4   // a gate failed: latency, proof
	ExitMissing     = 5   // a required runtime or device is missing, or no engine could run
	ExitInvalid     = 6   // the measurement is invalid or incomplete
	ExitInterrupted = 130 // interrupted
)

// exitCode is the code of an error; of several joined ones the first in the order of importance.
func exitCode(err error) int {
	codes := map[int]bool{}
	for _, e := range parts(err) {
		codes[codeOf(e)] = true
	}
	for _, c := range []int{ExitInterrupted, ExitUsage, ExitFailed, ExitDiffer, ExitMissing, ExitInvalid, ExitGate} {
		if codes[c] {
			return c
		}
	}
	return ExitOK
}

func codeOf(err error) int {
	var wrong *configs.Error
	var fault configs.Fault
	switch {
	case errors.Is(err, context.Canceled):
		return ExitInterrupted
	case errors.As(err, &wrong), errors.As(err, &fault), errors.Is(err, acdeploy.ErrUsage):
		return ExitUsage
	case errors.Is(err, acdeploy.ErrDiffer):
		return ExitDiffer
	case errors.Is(err, acdeploy.ErrMissing):
		return ExitMissing
	case errors.Is(err, acdeploy.ErrInvalid):
		return ExitInvalid
	case errors.Is(err, acdeploy.ErrGate):
		return ExitGate
	}
	return ExitFailed
}

// parts takes joined errors apart. An error that adds words of its own to several causes is one.
func parts(err error) []error {
	if err == nil {
		return nil
	}
	joined, ok := err.(interface{ Unwrap() []error }) // only the outermost counts
	if !ok {
		return []error{err}
	}
	var texts []string
	var all []error
	for _, e := range joined.Unwrap() {
		texts = append(texts, e.Error())
		all = append(all, parts(e)...)
	}
	if strings.Join(texts, "\n") != err.Error() {
		return []error{err}
	}
	return all
}

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
		a.printErr("acdeploy: %s\n", text)
	}
	interrupted := errors.Is(err, context.Canceled)
	for _, e := range parts(err) {
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
		say(e.Error())
	}
}
