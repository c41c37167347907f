package ort

import (
	"maps"

	"github.com/acdeploy/acdeploy/backends"
)

var _ backends.Tunable = (*ORT)(nil)

// Tuned is the backend with its options changed. Every knob is one of its options, but the library
// that goes before any other: an option goes after the environment.
func (o *ORT) Tuned(t backends.Tuning) (backends.Backend, error) { return o.tuned(t) }

func (o *ORT) tuned(t backends.Tuning) (*ORT, error) {
	changed := *o
	if t.Library != "" {
		changed.named, changed.found = t.Library, nil
	}
	if t.Fallback != "" && o.Library == "" {
		changed.Library, changed.found = t.Fallback, nil
	}
	if t.Provider != "" {
		changed.Provider = t.Provider
	}
	if t.Device != nil {
		changed.Device = *t.Device
	}
	if t.Threads != 0 {
		changed.Threads = t.Threads
	}
	if t.Optimization != "" {
		changed.Optimization = t.Optimization
	}
	switch t.Precision {
	case "":
	case "tf32":
		changed.Precision, changed.TF32 = "fp32", true
	default:
		changed.Precision, changed.TF32 = t.Precision, false
	}
	if t.YieldIdle {
		changed.Session = yielding(o.Session)
	}
	return &changed, changed.Validate()
}

// stopSpinning ends the spinning of a session's threads when its run ends.
const stopSpinning = "session.force_spinning_stop"

// yielding is the session's settings with idle threads stopped, unless they say otherwise.
func yielding(given map[string]string) map[string]string {
	session := map[string]string{stopSpinning: "1"}
	maps.Copy(session, given)
	return session
}
