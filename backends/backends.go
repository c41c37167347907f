// Package backends is the boundary to the inference engines: open a model, run it, time it, say why
// you cannot.
//
// An engine implements two interfaces. A [Backend] is the engine with its options; a [Session] is one
// model that it has opened:
//
//	Backend ── Describe  what is it, and where would it run?  reads no file
//	        ├─ Check     can it be used here?                 an [*Unavailable] says why not
//	        └─ Open      model + [Tuning] ──► Session ── Run, Close
//
// What only some engines can do is an optional interface that callers find by type assertion: a Backend
// may be [Tunable], an [Identifier] and [Patient], a Session may be a [Binder], a [Planner] or a [Timer].
//
// # Using an engine
//
// Ask [Backend.Check] first. An engine that is not there is no failure: [SkipOf] makes a [Skip] of the error, with a reason
// and what to do about it. Then open a [Model], which names a file and says what it declares, and call [Session.Run] with a
// tensor for each input. A session is for one goroutine at a time. Close it; a second time does nothing.
//
// What a caller wants of any engine, such as a number of threads, is a [Tuning]. An engine that does not have a knob says so,
// as an [*Unsupported]: no setting is ignored in silence.
//
// # Writing an engine
//
// The struct that implements Backend is its own option struct: exported fields with yaml and doc tags, which a catalog lists.
// Describe answers at any time, without files or programs. Open fails for what is no model. Run ends when its context does,
// keeps nothing of one run for the next, and names the input that does not fit. What an operator says of numbers that it
// does not take, such as an index beyond a table, [RejectionOf] recognises in the error.
//
// Package backends/backendtest checks an engine against these rules, and its answers against backends/reference, which is
// plain Go and always there.
package backends

import (
	"context"
	"time"

	"github.com/acdeploy/acdeploy/tensor"
)

// Model is a model for an engine to open, and what its file declares.
type Model struct {
	Name    string        // how messages call it, usually the path as given
	Path    string        // the ONNX file
	Inputs  []tensor.Spec // without those that have a default
	Outputs []tensor.Spec // all that the file declares, in order
}

// Backend is an inference engine with its options. It is the option struct that a configuration fills in.
type Backend interface {
	// Describe says which engine this is and where it runs models. It reads no file and starts no program,
	// so that it may be asked at any time; see [Identifier] for the rest.
	Describe() Description
	// Check reports why the engine cannot be used here, as an [*Unavailable], or nil.
	Check(ctx context.Context) error
	// Open prepares the model to run. The tuning goes before the engine's own options; what the engine
	// cannot do is refused by name, as an [*Unsupported].
	Open(ctx context.Context, model Model, tuning Tuning) (Session, error)
}

// Session is a model made ready to run. It is not safe for concurrent use.
type Session interface {
	// Run computes all outputs from all inputs.
	Run(ctx context.Context, in tensor.Map) (tensor.Map, error)
	// Close frees what the session holds; a second call does nothing.
	Close() error
}

// Binder is a [Session] that can run repeatedly over inputs and outputs bound once, so that a timed
// run allocates nothing.
type Binder interface {
	// Bind makes the inputs ready and returns the bound run. It stays valid until Close or the next
	// Bind.
	Bind(ctx context.Context, in tensor.Map) (Bound, error)
}

// Bound is a session with its inputs and outputs in place.
type Bound interface {
	// Run computes the outputs once and allocates nothing.
	Run() error
	// Outputs returns the outputs of the last run. They are copies.
	Outputs() (tensor.Map, error)
}

// Planner is a [Session] that can say what the engine really runs.
type Planner interface {
	// Plan returns the engine's own graph after optimisation, in order of execution. It may run the model.
	Plan(ctx context.Context) (Plan, error)
}

// Plan is what an engine runs after its own optimisations.
type Plan struct {
	Steps []Step `json:"steps"` // what runs, in the engine's order
	// Note says how the steps were chosen, in one sentence without a full stop; "" for nothing to say.
	Note string `json:"note,omitempty"`
	// Bytes is the size of the model as the engine optimised it; 0 where it does not tell.
	Bytes int64 `json:"bytes,omitempty"`
}

// Step is one kernel of a [Plan].
type Step struct {
	Name     string `json:"name"`               // name of the step
	Op       string `json:"op"`                 // what it computes
	Provider string `json:"provider,omitempty"` // execution provider that runs it
	Detail   string `json:"detail,omitempty"`   // attributes, shapes and layouts in a canonical form
	// ShapesOnly marks a kernel that computes sizes of other tensors and may run elsewhere than asked.
	ShapesOnly bool `json:"shapes_only,omitempty"`
	// Nanoseconds is what the kernel takes under the engine's own profiler, which slows it down; 0 where that
	// is not known.
	Nanoseconds int64 `json:"nanoseconds,omitempty"`
	// Opaque marks a kernel into which another engine compiled many nodes, and does not tell what it runs.
	Opaque bool `json:"opaque,omitempty"`
}

// Patient is a [Backend] whose calls may take long, for reasons that its options bound.
type Patient interface {
	// Patience is the longest that one call may take.
	Patience() time.Duration
}

// Timer is a [Session] whose engine times its own runs, because a clock outside would see the starting
// of processes and the copying of files instead.
type Timer interface {
	// Time runs the model at least as often as asked, on the same inputs, and returns what each run
	// took. The engine and the inputs are those of Run.
	Time(ctx context.Context, in tensor.Map, ask Timing) (Times, error)
}

// Timing is what a [Timer] is asked for.
type Timing struct {
	Runs   int           // at least so many
	WarmUp time.Duration // of runs that are not returned; the engine may warm up longer
}

// Times are the runs that a [Timer] timed.
type Times struct {
	// Clock says what was timed, such as [ClockGPU]. Times of different clocks are never compared.
	Clock    string
	Runs     []int64  // nanoseconds, in order
	Warnings []string // of the engine, about these times
}

// The clocks of times.
const (
	ClockHost = "host"        // the whole call as the caller sees it, copies included
	ClockGPU  = "gpu_compute" // from the first to the last kernel on the GPU, without copies
)
