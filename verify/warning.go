package verify

import "fmt"

// Warning is something that a reader should know of, and that no check fails for.
type Warning struct {
	Name   string `json:"name"`   // of the node, the value, the output or the array of data that it is about
	Reason string `json:"reason"` // a stable word, such as constant_output
	Detail string `json:"detail"` // a sentence without a full stop, with what to do
}

func (w Warning) String() string { return fmt.Sprintf("%s: %s", w.Name, w.Detail) }

// Warned is the result with more warnings.
func (r Result) Warned(more ...Warning) Result {
	r.Warnings = append(r.Warnings[:len(r.Warnings):len(r.Warnings)], more...)
	return r
}
