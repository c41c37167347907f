package backends

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Tuning is what a caller asks of an engine whatever its own options say. A zero field asks for nothing.
type Tuning struct {
	Library      string `json:"library,omitempty"`      // path of the engine's library, before any other
	Fallback     string `json:"fallback,omitempty"`     // path of the engine's library where nothing else names one
	Provider     string `json:"provider,omitempty"`     // where models run, such as cpu or cuda
	Device       *int   `json:"device,omitempty"`       // which GPU, from 0; nil for the engine's option
	Precision    string `json:"precision,omitempty"`    // in which float32 is computed: fp32, tf32, fp16 or bf16
	Threads      int    `json:"threads,omitempty"`      // within one operator
	Optimization string `json:"optimization,omitempty"` // of the graph by the engine; see [Unoptimized]
	// YieldIdle asks that threads without work do not spin. Where several models with more than one thread
	// run in turns, the idle threads of one would take processors from the next.
	YieldIdle bool `json:"yield_idle,omitempty"`
}

// Unoptimized is the [Tuning] that runs the operators of the file as they are.
const Unoptimized = "disabled"

// Knob is a field of [Tuning], by the name that messages give it.
type Knob string

// The knobs.
const (
	KnobLibrary      Knob = "library"
	KnobProvider     Knob = "provider"
	KnobDevice       Knob = "device"
	KnobPrecision    Knob = "precision"
	KnobThreads      Knob = "threads"
	KnobOptimization Knob = "optimization"
	KnobYieldIdle    Knob = "yield_idle"
)

// asked lists the knobs that are not zero.
func (t Tuning) asked() []Knob {
	var knobs []Knob
	for _, k := range []struct {
		knob Knob
		set  bool
	}{
		{KnobLibrary, t.Library != "" || t.Fallback != ""},
		{KnobProvider, t.Provider != ""},
		{KnobDevice, t.Device != nil},
		{KnobPrecision, t.Precision != ""},
		{KnobThreads, t.Threads != 0},
		{KnobOptimization, t.Optimization != ""},
		{KnobYieldIdle, t.YieldIdle},
	} {
		if k.set {
			knobs = append(knobs, k.knob)
		}
	}
	return knobs
}

// Within refuses the first knob asked for that an engine does not have, as an [*Unsupported].
func (t Tuning) Within(engine string, has ...Knob) error {
	for _, k := range t.asked() {
		if !slices.Contains(has, k) {
			return &Unsupported{Engine: engine, Knob: k, Has: has}
		}
	}
	return nil
}

// Unsupported says that an engine does not have a knob.
type Unsupported struct {
	Engine string // its name
	Knob   Knob   // that was asked for
	Has    []Knob // those that there are
}

// Error names the knob and those that there are.
func (u *Unsupported) Error() string {
	if len(u.Has) == 0 {
		return fmt.Sprintf("%s cannot be tuned: it has no %s", u.Engine, u.Knob)
	}
	names := make([]string, len(u.Has))
	for i, k := range u.Has {
		names[i] = string(k)
	}
	return fmt.Sprintf("%s has no %s to tune; it has %s", u.Engine, u.Knob, strings.Join(names, ", "))
}

// Tunable is a [Backend] that has some of the knobs.
type Tunable interface {
	// Tuned is the backend with its options changed; the receiver stays as it is. A knob that the engine does
	// not have is an [*Unsupported], a value that it does not take is another error.
	Tuned(tuning Tuning) (Backend, error)
}

// Tune is the backend with its options changed, so that Check and Describe tell of the tuned engine.
func Tune(b Backend, tuning Tuning) (Backend, error) {
	if t, ok := b.(Tunable); ok {
		return t.Tuned(tuning)
	}
	return b, tuning.Within(b.Describe().Name)
}

// TuneIfAble is [Tune] for what is asked of every engine, one knob at a time. One that does not have the knob stays
// as it is, and able is false, so that the caller can say so. What is asked of one engine goes through [Tune].
func TuneIfAble(b Backend, tuning Tuning) (tuned Backend, able bool, err error) {
	tuned, err = Tune(b, tuning)
	if _, lacks := errors.AsType[*Unsupported](err); lacks {
		return b, false, nil
	}
	return tuned, err == nil, err
}
