package pipeline

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/op"
)

// Panic is the error of a pass that panicked.
type Panic struct {
	Value any    // what the pass panicked with
	Trace string // where, as Go prints it: several lines
}

// Error says it in a sentence, without the trace.
func (p *Panic) Error() string {
	return fmt.Sprintf("it panicked: %v; this is a mistake of the pass", p.Value)
}

// guarded runs a pass. One that panics fails, like one that returns an error.
func guarded(ctx context.Context, p Pass, w *Rewriter) (err error) {
	defer func() { err = recovered(recover(), err) }()
	return p.Run(ctx, w)
}

// recovered is the error of a panic; without one the error that was there.
func recovered(v any, err error) error {
	if _, fault := v.(interface{ Addr() uintptr }); fault {
		panic(v) // the file that holds the weights was cut off: whoever mapped it tells
	}
	if v != nil {
		return &Panic{Value: v, Trace: string(debug.Stack())}
	}
	return err
}

// sound checks a graph that a pass leaves. One that cannot even be walked is not sound.
func sound(g *graph.Graph) (err error) {
	defer func() {
		if err = recovered(recover(), err); err != nil {
			if p, ok := errors.AsType[*Panic](err); ok {
				err = fmt.Errorf("it cannot be walked: %v", p.Value)
			}
		}
	}()
	return op.Check(g)
}
