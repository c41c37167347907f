package pipeline

import (
	"context"
	"fmt"
	"runtime/debug"
)

// Panic is the error of a pass that panicked.
type Panic struct {
	Value any
	Trace string // where, as Go prints it: several lines
}

// Error says it in a sentence, without the trace.
func (p *Panic) Error() string {
	return fmt.Sprintf("it panicked: %v; this is a mistake of the pass", p.Value)
}

// guarded runs a pass. One that panics fails, like one that returns an error.
func guarded(ctx context.Context, p Pass, w *Rewriter) (err error) {
	defer func() {
		v := recover()
		if _, fault := v.(interface{ Addr() uintptr }); fault {
			panic(v) // the file that holds the weights was cut off: whoever mapped it tells
		}
		if v != nil {
			err = &Panic{Value: v, Trace: string(debug.Stack())}
		}
	}()
	return p.Run(ctx, w)
}
