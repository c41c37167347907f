package ledger

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"iter"
)

// Event is a line of what go test -json prints.
type Event struct {
	Action, Package, Test, Output, Key, Value string
}

// Events are those of a run of go test -json. What a test prints past the testing package is left out.
func Events(r io.Reader) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		lines := bufio.NewReader(r)
		for {
			line, err := lines.ReadBytes('\n')
			if errors.Is(err, io.EOF) {
				return
			}
			var e Event
			if err == nil && json.Unmarshal(line, &e) != nil {
				continue
			}
			if !yield(e, err) || err != nil {
				return
			}
		}
	}
}
