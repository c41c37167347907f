package backends

import (
	"errors"
	"fmt"
)

// Unavailable says why an engine cannot be used here and what to do about it.
type Unavailable struct {
	Reason string // one sentence without a full stop
	Remedy string // one command or one sentence
	Broken bool   // it is there, or was named, and cannot be used: more than a mere absence
	Unsafe bool   // it must not be used, since it may not be what acdeploy installed: an error wherever it was to run
	Err    error  // the cause, may be nil
}

// ErrUnavailable is matched by every [*Unavailable].
var ErrUnavailable = errors.New("engine unavailable")

// Error is the reason with the remedy.
func (u *Unavailable) Error() string {
	if u.Remedy == "" {
		return u.Reason
	}
	return fmt.Sprintf("%s; %s", u.Reason, u.Remedy)
}

// Unwrap returns the cause.
func (u *Unavailable) Unwrap() error { return u.Err }

// Is makes every Unavailable match [ErrUnavailable].
func (u *Unavailable) Is(target error) bool { return target == ErrUnavailable }

// Skip is an engine that was left out because it cannot be used here.
type Skip struct {
	Backend  string `json:"backend"`  // name of the engine
	Provider string `json:"provider"` // its execution provider
	Reason   string `json:"reason"`   // why it was not used
	Remedy   string `json:"remedy"`   // what helps
	Broken   bool   `json:"-"`        // see [Unavailable]
	Unsafe   bool   `json:"-"`        // see [Unavailable]
}

// SkipOf is the skip that follows from an error of the engine; false when the error is another than its
// absence.
func SkipOf(backend, provider string, err error) (Skip, bool) {
	why, ok := errors.AsType[*Unavailable](err)
	if !ok {
		return Skip{}, false
	}
	return Skip{Backend: backend, Provider: provider, Reason: why.Reason, Remedy: why.Remedy, Broken: why.Broken, Unsafe: why.Unsafe}, true
}

// Outright is a [Backend] whose library or program may be named outright, so that its absence is no mere skip.
type Outright interface {
	// NamedBy says which flag or environment variable names the library or program; "" for none. An option of a
	// configuration does not count.
	NamedBy() string
}

// NamedOutright is what names the engine's library or program; see [Outright].
func NamedOutright(b Backend) string {
	if o, ok := b.(Outright); ok {
		return o.NamedBy()
	}
	return ""
}
