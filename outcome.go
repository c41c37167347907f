package acdeploy

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/acdeploy/acdeploy/configs"
	"github.com/acdeploy/acdeploy/internal/outcome"
	"github.com/acdeploy/acdeploy/reports"
)

// The outcomes that a caller tells apart. Any other error is a failure for the reason it gives.
var (
	ErrUsage   = outcome.ErrUsage // the request is not valid
	ErrDiffer  = errors.New("the answers differ")
	ErrMissing = errors.New("a required engine is missing")
	ErrInvalid = errors.New("the measurement is invalid or incomplete")
	ErrGate    = errors.New("a gate failed")
)

func outcomef(kind error, format string, args ...any) error {
	return outcome.Errorf(kind, format, args...)
}

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

// ExitCode is the exit code of an error; of several joined ones the first in the order of importance.
func ExitCode(err error) int {
	codes := map[int]bool{}
	for _, e := range Reasons(err) {
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
	case errors.As(err, &wrong), errors.As(err, &fault), errors.Is(err, ErrUsage):
		return ExitUsage
	case errors.Is(err, ErrDiffer):
		return ExitDiffer
	case errors.Is(err, ErrMissing):
		return ExitMissing
	case errors.Is(err, ErrInvalid):
		return ExitInvalid
	case errors.Is(err, ErrGate):
		return ExitGate
	}
	return ExitFailed
}

// Reasons takes joined errors apart. An error that adds words of its own to several causes is one.
func Reasons(err error) []error {
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
		all = append(all, Reasons(e)...)
	}
	if strings.Join(texts, "\n") != err.Error() {
		return []error{err}
	}
	return all
}

// conclusionOf is what a report says of the error with which its run ends; nil for none.
func conclusionOf(err error) *reports.Conclusion {
	c := &reports.Conclusion{Passed: err == nil, ExitCode: ExitCode(err)}
	for _, e := range Reasons(err) {
		reason := reports.Reason{Code: reasonWord(codeOf(e)), Text: e.Error()}
		if reason.Code == reports.ReasonInterrupted && slices.ContainsFunc(c.Reasons, func(r reports.Reason) bool { return r.Code == reason.Code }) {
			continue // each stage may say so
		}
		c.Reasons = append(c.Reasons, reason)
	}
	return c
}

// reasonWord is the stable word for an exit code.
func reasonWord(code int) string {
	switch code {
	case ExitUsage:
		return reports.ReasonUsage
	case ExitDiffer:
		return reports.ReasonDiffer
	case ExitGate:
		return reports.ReasonGate
	case ExitMissing:
		return reports.ReasonMissing
	case ExitInvalid:
		return reports.ReasonInvalid
	case ExitInterrupted:
		return reports.ReasonInterrupted
	}
	return reports.ReasonFailed
}
