package acdeploy

import (
	"fmt"
	"log/slog"
)

// Stage is a part of the story.
type Stage string

// The stages, in order.
const (
	StageLoad   Stage = "load"
	StageFuse   Stage = "fuse"
	StageVerify Stage = "verify"
	StageBench  Stage = "bench"
	StageReport Stage = "report"
)

// Event tells how far a stage is.
type Event struct {
	Stage Stage // which of the stages it is
	// Done of Total parts of the stage are finished. Total is 0 where it is not known.
	Done, Total float64
	// Unit is what Done and Total count; "" for steps that differ.
	Unit string
	// Note says what is going on or, when the stage has ended, what came of it.
	Note  string
	Ended bool // the stage is over, and the note says what came of it
	// Timed says that latency is timed from now on, until the next event: an observer should not wake up before.
	Timed bool
	// Figures are the numbers of the note of a stage that has ended, for programs.
	Figures []slog.Attr
	// Plan says that the note is what the stage is going to do, which takes long.
	Plan bool
	// Warning says that the note is one that the user should read, not how far the stage is.
	Warning bool
}

// Observer is told what happens. It is never called while latency is timed. A nil Observer is told
// nothing.
type Observer func(Event)

func (o Observer) tell(e Event) {
	if o != nil {
		o(e)
	}
}

func (o Observer) begin(s Stage) { o.tell(Event{Stage: s}) }

func (o Observer) progress(s Stage, done, total float64, format string, args ...any) {
	o.tell(Event{Stage: s, Done: done, Total: total, Note: fmt.Sprintf(format, args...)})
}

func (o Observer) plan(s Stage, text string) { o.tell(Event{Stage: s, Note: text, Plan: true}) }

func (o Observer) warn(s Stage, format string, args ...any) {
	o.tell(Event{Stage: s, Note: fmt.Sprintf(format, args...), Warning: true})
}

func (o Observer) end(s Stage, note string, figures ...slog.Attr) {
	o.tell(Event{Stage: s, Done: 1, Total: 1, Note: note, Ended: true, Figures: figures})
}
