package backends

import (
	"context"
	"slices"

	"github.com/acdeploy/acdeploy/tensor"
)

// Identifier is a [Backend] whose library or program can be identified.
type Identifier interface {
	// Identify is [Backend.Describe] with the path, the version and the digest of the library or program. It
	// reads files and may start a program, but reads a library once, however often it is asked. What cannot
	// be found out is left empty.
	Identify(ctx context.Context) Description
}

// Identify describes an engine as fully as it can be; see [Identifier].
func Identify(ctx context.Context, b Backend) Description {
	if i, ok := b.(Identifier); ok {
		return i.Identify(ctx)
	}
	return b.Describe()
}

// Description is what a report records of an engine.
type Description struct {
	Name     string `json:"name"`     // ort, tensorrt, reference
	Provider string `json:"provider"` // cpu, cuda, tensorrt; "" where there is no choice
	// Version, Library (a path) and Source (what named the library) are known once the engine was checked.
	Version string `json:"version,omitempty"`
	Library string `json:"library,omitempty"` // file of the library
	SHA256  string `json:"sha256,omitempty"`  // of the library; only [Identify] tells it
	Source  string `json:"source,omitempty"`  // where the library comes from
	Clock   string `json:"clock,omitempty"`   // what its times are; "" for [ClockHost]
	// Precision is what the engine computes float32 in: fp32, tf32, fp16 or bf16; "" for the model's own types.
	Precision string `json:"precision,omitempty"`
	// Choice says how far the engine chooses its kernels by chance, in one sentence without a full stop; ""
	// where it does not.
	Choice string `json:"choice,omitempty"`
	// Idle is the setting that decides what idle threads do; "" for the engine's default.
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
