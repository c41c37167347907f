// Package templatebackend is an engine for acdeploy.
package templatebackend

import (
	"context"
	"fmt"
	"time"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/backends/reference"
	"github.com/acdeploy/acdeploy/catalog"
	"github.com/acdeploy/acdeploy/tensor"
)

const doc = `plain Go, with a pause before every run

What stands here, after the title and an empty line, is the help of the engine: what it is, and what it needs.`

// TemplateBackend is the engine with its options. This one computes with package reference; let Open and Run call your engine.
type TemplateBackend struct {
	Pause time.Duration `yaml:"pause" doc:"how long each run waits before it begins, 0s to 1h"`
}

var _ backends.Backend = (*TemplateBackend)(nil)

// Entry is the engine with its name, its help and the defaults of its options.
func Entry() catalog.Entry[backends.Backend] {
	return catalog.Entry[backends.Backend]{
		Name: "template_backend", Doc: doc,
		New: func() backends.Backend { return &TemplateBackend{Pause: time.Millisecond} },
	}
}

// Validate reports values of options that make no sense. A configuration with them is refused before anything runs.
func (b *TemplateBackend) Validate() error {
	if b.Pause < 0 || b.Pause > time.Hour {
		return fmt.Errorf("pause must be 0s to 1h, not %s", b.Pause)
	}
	return nil
}

// Describe implements [backends.Backend]. It reads no file and starts no program.
func (*TemplateBackend) Describe() backends.Description {
	return backends.Description{Name: "template_backend"}
}

// Check says why the engine cannot be used here. For one that is not installed return a [backends.Unavailable], with what to do
// about it: that is no error but a skip, which the report tells of.
func (b *TemplateBackend) Check(context.Context) error { return b.Validate() }

// Open prepares a model. What the tuning asks for and the engine does not have is refused by name.
func (b *TemplateBackend) Open(ctx context.Context, model backends.Model, tuning backends.Tuning) (backends.Session, error) {
	if err := tuning.Within("template_backend"); err != nil {
		return nil, err
	}
	inner, err := reference.New().Open(ctx, model, backends.Tuning{})
	if err != nil {
		return nil, err
	}
	return &session{inner, b.Pause}, nil
}

// session is a model that was opened.
type session struct {
	backends.Session
	pause time.Duration
}

// Run computes the outputs. It ends when the context does.
func (s *session) Run(ctx context.Context, in tensor.Map) (tensor.Map, error) {
	select {
	case <-time.After(s.pause):
		return s.Session.Run(ctx, in)
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
