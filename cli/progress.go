package cli

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"time"

	"github.com/acdeploy/acdeploy"
	"github.com/acdeploy/acdeploy/internal/human"
)

// progress shows how far a command is: on a terminal one line that is redrawn, with stage, percent and
// time left; elsewhere one line when a stage has ended, with the time that it took, and one a minute, so that nobody takes the command for one that hangs.
// It does nothing while latency is timed: a line that is due then comes afterwards.
type progress struct {
	mu     sync.Mutex
	app    *app
	redraw bool // a terminal
	silent bool
	after  time.Time // nothing is shown before
	drawn  bool
	stage  acdeploy.Stage
	begun  time.Time
	logged time.Time // when a program was told last
	latest acdeploy.Event
	every  time.Duration
	due    time.Time   // of the next line where nothing else is told; zero where none is to come
	remind *time.Timer // of that line; nil while it waits for nothing
}

// remindEvery is how long nothing is told at most, elsewhere than on a terminal.
const remindEvery = time.Minute

// logEvery is how often a program that reads the log is told how far a stage is.
const logEvery = 10 * time.Second

func newProgress(a *app) *progress {
	return &progress{app: a, redraw: terminal(a.err) && a.logFormat == "text", silent: a.quiet, every: cmp.Or(a.remindEvery, remindEvery)}
}

// delay keeps silent what ends within a while.
func (p *progress) delay(d time.Duration) { p.after = time.Now().Add(d) }

// observe is an [acdeploy.Observer].
func (p *progress) observe(e acdeploy.Event) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if e.Stage != p.stage {
		p.stage, p.begun = e.Stage, time.Now()
		p.logged = p.begun
	}
	switch {
	case e.Warning:
		p.warn(e)
		return
	case e.Plan:
		p.plan(e)
		return
	case e.Timed:
		p.hold()
		return
	}
	p.latest = e
	p.wait()
	if p.silent || time.Now().Before(p.after) {
		return
	}
	if e.Ended {
		p.wipe()
		p.finished(e)
		return
	}
	if p.app.json() && e.Total > 0 && time.Since(p.logged) >= logEvery {
		p.tell(e)
	}
	if p.redraw {
		_, _ = fmt.Fprintf(p.steer(), "\r\x1b[K%s", p.line(e))
		p.drawn = true
	}
}

// wait has a line come where nothing else does, until the stage has ended.
func (p *progress) wait() {
	switch {
	case p.redraw || p.silent:
	case p.latest.Ended:
		p.rest()
	case p.remind == nil && p.due.IsZero():
		p.due = time.Now().Add(p.every)
		fallthrough
	case p.remind == nil:
		if time.Now().After(p.due) {
			p.still()
		}
		p.remind = time.AfterFunc(time.Until(p.due), p.wake)
	}
}

// hold puts the waiting off.
func (p *progress) hold() {
	if p.remind != nil {
		p.remind.Stop()
		p.remind = nil
	}
}

// rest ends the waiting.
func (p *progress) rest() {
	p.hold()
	p.due = time.Time{}
}

// wake says what is due, and waits again.
func (p *progress) wake() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.remind != nil { // it has not ended meanwhile
		p.still()
		p.remind.Reset(p.every)
	}
}

// still says that the stage goes on.
func (p *progress) still() {
	p.due = time.Now().Add(p.every)
	if p.app.json() {
		p.tell(p.latest)
		return
	}
	p.app.printErr("%s\n", p.line(p.latest))
}

// tell tells a program how far a stage is.
func (p *progress) tell(e acdeploy.Event) {
	p.logged = time.Now()
	p.app.log.Info("progress", "stage", e.Stage, "done", e.Done, "total", e.Total, "unit", cmp.Or(e.Unit, "steps"),
		"seconds", p.seconds(), "note", e.Note)
}

// plan shows what a stage is going to do.
func (p *progress) plan(e acdeploy.Event) {
	switch {
	case p.silent:
	case p.app.json():
		p.app.log.Info("plan", "stage", e.Stage, "note", e.Note)
	default:
		p.wipe()
		p.app.printErr("%-7s %s\n", e.Stage, e.Note)
	}
}

// warn shows a warning, however soon it comes.
func (p *progress) warn(e acdeploy.Event) {
	if p.silent {
		return
	}
	p.wipe()
	if p.app.json() {
		p.app.log.Warn("warning", "stage", e.Stage, "note", e.Note)
		return
	}
	p.app.printErr("%-7s %s\n", e.Stage, e.Note)
}

func (p *progress) finished(e acdeploy.Event) {
	if p.app.json() {
		told := append([]slog.Attr{slog.Any("stage", e.Stage), slog.Float64("seconds", p.seconds())}, e.Figures...)
		p.app.log.LogAttrs(context.Background(), slog.LevelInfo, "stage ended", append(told, slog.String("note", e.Note))...)
		return
	}
	p.app.printErr("%-7s %6.2f s  %s\n", e.Stage, p.seconds(), e.Note)
}

// seconds is how long the stage has taken, to the millisecond.
func (p *progress) seconds() float64 { return time.Since(p.begun).Round(time.Millisecond).Seconds() }

// line is stage, percent, what is going on, and the time left.
func (p *progress) line(e acdeploy.Event) string {
	text := fmt.Sprintf("%-7s", e.Stage)
	if e.Total > 0 {
		share := min(e.Done/e.Total, 1)
		text += fmt.Sprintf(" %3.0f %%", 100*share)
		if spent := time.Since(p.begun); share > 0.02 && spent > time.Second {
			left := time.Duration(float64(spent) * (1 - share) / share)
			text += fmt.Sprintf("  %s left", left.Round(time.Second))
		}
	}
	if e.Note != "" {
		text += "  " + human.Printable(e.Note)
	}
	if runes := []rune(text); len(runes) > 79 {
		text = string(runes[:78]) + "…"
	}
	return text
}

// steer is the terminal itself, which the line that is redrawn has to steer.
func (p *progress) steer() io.Writer {
	if clean, ok := p.app.err.(*human.Writer); ok {
		return clean.Unwrap()
	}
	return p.app.err
}

// clear removes the line, so that what follows has a line of its own.
func (p *progress) clear() {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.rest()
	p.wipe()
}

func (p *progress) wipe() {
	if p.drawn {
		_, _ = fmt.Fprint(p.steer(), "\r\x1b[K")
		p.drawn = false
	}
}
