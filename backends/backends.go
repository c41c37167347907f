// Package backends is the boundary to the inference engines: open a model, run it, time it, say why
// you cannot.
//
// An engine implements [Backend] and [Session]. What only some can do is an optional interface that
// callers find by type assertion: [Binder], [Planner], [Timer].
package backends

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/acdeploy/acdeploy/tensor"
)

// Model is a model for an engine to open, and what its file declares.
type Model struct {
	Name    string // how messages call it, usually the path as given
	Path    string // the ONNX file
	Inputs  []tensor.Spec
	Outputs []tensor.Spec
}

// Backend is an inference engine with its options.
type Backend interface {
	// Check reports why the engine cannot be used here, as an [*Unavailable], or nil.
	Check(ctx context.Context) error
	// Open prepares the model to run.
	Open(ctx context.Context, model Model) (Session, error)
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
	// Plan returns the engine's own graph after optimisation, in order of execution.
	Plan() (Plan, error)
}

// Plan is what an engine runs after its own optimisations.
type Plan struct {
	Steps []Step `json:"steps"`
	// Note says how the steps were chosen, in one sentence without a full stop; "" for nothing to say.
	Note string `json:"note,omitempty"`
}

// Step is one kernel of a [Plan].
type Step struct {
	Name     string `json:"name"`
	Op       string `json:"op"`
	Provider string `json:"provider,omitempty"`
	Detail   string `json:"detail,omitempty"` // attributes, shapes and layouts in a canonical form
	// ShapesOnly marks a kernel that computes sizes of other tensors and may run elsewhere than asked.
	ShapesOnly bool `json:"shapes_only,omitempty"`
	// Nanoseconds is what the kernel takes under the engine's own profiler, which slows it down; 0 where that
	// is not known.
	Nanoseconds int64 `json:"nanoseconds,omitempty"`
	// Opaque marks a kernel into which another engine compiled many nodes, and does not tell what it runs.
	Opaque bool `json:"opaque,omitempty"`
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

// Describer is a [Backend] that can say which library it uses, for the record.
type Describer interface {
	Describe() Description
}

// Sharer is a [Backend] whose idle threads can be kept from spinning. While one model runs, they would
// take processors from it that other models of the process left idle.
type Sharer interface {
	// ShareProcessors is called before Open, where models with more than one thread run in turns.
	ShareProcessors()
}

// Description is what a report records of an engine.
type Description struct {
	Name     string `json:"name"`              // ort, tensorrt, reference
	Provider string `json:"provider"`          // cpu, cuda, tensorrt; "" where there is none
	Version  string `json:"version,omitempty"` // of the library
	Library  string `json:"library,omitempty"` // path
	SHA256   string `json:"sha256,omitempty"`  // of the library
	Source   string `json:"source,omitempty"`  // how the library was found
	Clock    string `json:"clock,omitempty"`   // what its times are; "" for [ClockHost]
	// Precision is what the engine computes float32 in: fp32, tf32, fp16 or bf16; "" for the model's own types.
	Precision string `json:"precision,omitempty"`
	// Choice says how far the engine chooses its kernels by chance, in one sentence without a full stop; ""
	// where it does not.
	Choice string `json:"choice,omitempty"`
	// Idle is the setting that a [Sharer] put its idle threads to, "" for its default.
	Idle string `json:"idle,omitempty"`
}

// Coarsest is the type whose roundings show in answers of type t: t itself, or that of the precision in which
// the engine computes, if that is coarser. TF32 keeps as many digits as float16.
func (d Description) Coarsest(t tensor.Type) tensor.Type {
	rank := []tensor.Type{tensor.Float64, tensor.Float32, tensor.Float16, tensor.BFloat16}
	computed, ok := map[string]tensor.Type{"tf32": tensor.Float16, "fp16": tensor.Float16, "bf16": tensor.BFloat16}[d.Precision]
	if at := slices.Index(rank, t); ok && at >= 0 && at < slices.Index(rank, computed) {
		return computed
	}
	return t
}

// Unavailable says why an engine cannot be used here and what to do about it.
type Unavailable struct {
	Reason string // one sentence without a full stop
	Remedy string // one command or one sentence
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
