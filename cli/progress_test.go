package cli

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/acdeploy/acdeploy"
	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/backends/reference"
	"github.com/acdeploy/acdeploy/catalog"
	"github.com/acdeploy/acdeploy/passes"
	"github.com/acdeploy/acdeploy/reports/formats"
)

// Elsewhere than on a terminal a stage is one line, when it has ended, with the time that it took.
func TestProgressOfALog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		p := newProgress(&app{err: &out, logFormat: "text"})
		p.observe(acdeploy.Event{Stage: "fuse", Done: 1, Total: 4})
		time.Sleep(2100 * time.Millisecond)
		p.observe(acdeploy.Event{Stage: "fuse", Ended: true, Note: "3 rewrites"})
		p.clear()
		if got, want := out.String(), "fuse      2.10 s  3 rewrites\n"; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	})
}

// Elsewhere than on a terminal a stage that takes long is told of again and again, though nothing new is known, until it
// has ended.
func TestProgressReminds(t *testing.T) {
	for format, want := range map[string]string{"text": "bench    25 %", "json": `"done":1,"total":4`} {
		told := make(chan string, 100)
		a := &app{err: writerFunc(func(text []byte) (int, error) { told <- string(text); return len(text), nil }), logFormat: format}
		a.log = slog.New(slog.NewJSONHandler(a.err, nil))
		p := newProgress(a)
		if p.every != remindEvery {
			t.Errorf("every %s", p.every)
		}
		p.every = time.Millisecond
		p.observe(acdeploy.Event{Stage: "bench", Done: 1, Total: 4, Note: "ort"})
		for range 3 {
			if text := <-told; !strings.Contains(text, want) {
				t.Errorf("%s: told %q", format, text)
			}
		}
		p.observe(acdeploy.Event{Stage: "bench", Ended: true, Note: "done"})
		if p.remind != nil {
			t.Error("it goes on after its end")
		}
		p.observe(acdeploy.Event{Stage: "report"})
		p.clear()
		if p.remind != nil {
			t.Error("it goes on after the command")
		}
	}
}

// Nothing wakes up while latency is timed. What was due then is told as soon as it is over.
func TestProgressRestsWhileLatencyIsTimed(t *testing.T) {
	var out bytes.Buffer
	p := newProgress(&app{err: &out, logFormat: "text", remindEvery: time.Hour})
	p.observe(acdeploy.Event{Stage: "bench", Done: 1, Total: 4, Note: "ort"})
	if p.remind == nil || p.due.IsZero() {
		t.Fatal("nobody would be told")
	}
	due := p.due
	p.observe(acdeploy.Event{Stage: "bench", Done: 1, Total: 4, Note: "ort", Timed: true})
	p.wake() // a timer that had run off by then
	if p.remind != nil || p.due != due || out.Len() > 0 {
		t.Errorf("while it is timed: timer %v, due %v, told %q", p.remind, p.due, &out)
	}
	p.observe(acdeploy.Event{Stage: "bench", Done: 2, Total: 4, Note: "ort"})
	if p.remind == nil || p.due != due || out.Len() > 0 {
		t.Errorf("within the hour: timer %v, due %v, told %q", p.remind, p.due, &out)
	}
	p.observe(acdeploy.Event{Stage: "bench", Timed: true})
	p.due = time.Now().Add(-time.Second)
	p.observe(acdeploy.Event{Stage: "bench", Done: 3, Total: 4, Note: "ort"})
	if p.remind == nil || !p.due.After(due) || !strings.HasPrefix(out.String(), "bench    75 %") {
		t.Errorf("after the hour: timer %v, due %v, told %q", p.remind, p.due, &out)
	}
	p.clear()
}

// Every command that may take long tells that it goes on, from its first step.
func TestLongWorkIsTold(t *testing.T) {
	fused := filepath.Join(t.TempDir(), "fused.onnx")
	const model = "../examples/cifar_quick/acnet.onnx"
	for _, c := range []struct {
		args  []string
		tells []string
	}{
		{[]string{"fuse", model, "-o", fused, "--verify", "--backend", "reference"}, []string{"fuse", "verify    0 %  in float64", "on reference"}},
		{[]string{"verify", model, fused, "--backend", "reference"}, []string{"verify \n", "verify    0 %  in float64", "on reference"}},
	} {
		var out, said syncBuffer
		a := &app{
			tools:   acdeploy.Toolbox{Passes: passes.Catalog(), Backends: catalog.Catalog[backends.Backend]{reference.Entry()}, Formats: formats.Catalog(), Exact: Exact(reference.OpenPartly)},
			formats: formats.Catalog(), out: &out, err: &said, remindEvery: 50 * time.Microsecond,
		}
		root := newRoot(a)
		root.SetArgs(c.args)
		if err := root.ExecuteContext(t.Context()); err != nil {
			t.Fatal(err)
		}
		for _, want := range c.tells {
			if !strings.Contains(said.String(), want) {
				t.Errorf("%s does not tell %q", c.args[0], want)
			}
		}
		if a.progress.remind != nil {
			t.Errorf("%s goes on to tell after its end", c.args[0])
		}
	}
}

// syncBuffer is text that several goroutines write.
type syncBuffer struct {
	mu sync.Mutex
	bytes.Buffer
}

func (b *syncBuffer) Write(text []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.Buffer.Write(text)
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(text []byte) (int, error) { return f(text) }

// The plan is a line of its own, before anything is done.
func TestProgressTellsThePlan(t *testing.T) {
	var out bytes.Buffer
	p := newProgress(&app{err: &out, logFormat: "text"})
	p.observe(acdeploy.Event{Stage: "bench", Plan: true, Note: "the plan: much"})
	if got, want := out.String(), "bench   the plan: much\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// A warning is one line everywhere, within the delay too.
func TestProgressWarns(t *testing.T) {
	for format, want := range map[string]string{
		"text": "bench   no threads\n",
		"json": `{"level":"WARN","msg":"warning","stage":"bench","note":"no threads"}` + "\n",
	} {
		var out bytes.Buffer
		log := slog.New(slog.NewJSONHandler(&out, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			if a.Key == slog.TimeKey {
				return slog.Attr{}
			}
			return a
		}}))
		p := newProgress(&app{err: &out, logFormat: format, log: log})
		p.delay(time.Hour)
		p.observe(acdeploy.Event{Stage: "bench", Warning: true, Note: "no threads"})
		if got := out.String(); got != want {
			t.Errorf("%s: got %q, want %q", format, got, want)
		}
	}
}

// TestReliability12ProgressInJSON has how far a command is as fields, at level INFO.
func TestReliability12ProgressInJSON(t *testing.T) {
	var out bytes.Buffer
	a := &app{err: &out, logFormat: "json"}
	if err := a.start(); err != nil {
		t.Fatal(err)
	}
	p := a.progress
	p.observe(acdeploy.Event{Stage: "bench"})
	p.observe(acdeploy.Event{Stage: "bench", Done: 1, Total: 4, Unit: "units"}) // too soon to be told
	p.logged = p.logged.Add(-2 * logEvery)
	p.observe(acdeploy.Event{Stage: "bench", Done: 2.5, Total: 4, Unit: "units", Note: "ort"})
	p.observe(acdeploy.Event{Stage: "bench", Done: 2.5, Total: 4, Unit: "units", Note: "ort"}) // too soon again
	p.observe(acdeploy.Event{Stage: "verify"})
	p.logged = p.logged.Add(-2 * logEvery)
	p.observe(acdeploy.Event{Stage: "verify", Done: 1, Total: 3})
	p.observe(acdeploy.Event{Stage: "verify", Ended: true, Note: "equal", Figures: []slog.Attr{slog.Int("checks", 3)}})
	var got []map[string]any
	for line := range strings.Lines(out.String()) {
		var record map[string]any
		if err := json.Unmarshal([]byte(line), &record); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		if seconds, ok := record["seconds"].(float64); !ok || seconds < 0 || seconds > 3600 {
			t.Errorf("%s has no seconds", line)
		}
		delete(record, "seconds")
		delete(record, "time")
		got = append(got, record)
	}
	want := []map[string]any{
		{"level": "INFO", "msg": "progress", "stage": "bench", "done": 2.5, "total": 4.0, "unit": "units", "note": "ort"},
		{"level": "INFO", "msg": "progress", "stage": "verify", "done": 1.0, "total": 3.0, "unit": "steps", "note": ""},
		{"level": "INFO", "msg": "stage ended", "stage": "verify", "checks": 3.0, "note": "equal"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestProgressIsSilent(t *testing.T) {
	for name, prepare := range map[string]func(p *progress){
		"quiet":            func(p *progress) { p.silent = true },
		"within the delay": func(p *progress) { p.delay(time.Hour) },
	} {
		var out bytes.Buffer
		p := newProgress(&app{err: &out, logFormat: "text"})
		prepare(p)
		p.redraw = true
		p.observe(acdeploy.Event{Stage: "fuse", Ended: true, Note: "3 rewrites"})
		if p.silent {
			p.observe(acdeploy.Event{Stage: "fuse", Warning: true, Note: "no threads"})
		}
		p.observe(acdeploy.Event{Stage: "verify"})
		if out.Len() > 0 {
			t.Errorf("%s: %q", name, out.String())
		}
	}
	(*progress)(nil).clear() // a command line that failed before anything began
}

// On a terminal one line is drawn again, and wiped before anything else is printed.
func TestProgressOfATerminal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		p := newProgress(&app{err: &out, logFormat: "text"})
		p.redraw = true
		p.observe(acdeploy.Event{Stage: "bench", Done: 1, Total: 4, Note: "ort"})
		p.observe(acdeploy.Event{Stage: "bench", Ended: true, Note: "done"})
		p.clear()
		if got, want := out.String(), "\r\x1b[Kbench    25 %  ort\r\x1b[Kbench     0.00 s  done\n"; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	})
}

func TestProgressLine(t *testing.T) {
	p := &progress{begun: time.Now().Add(-10 * time.Second)}
	if got := p.line(acdeploy.Event{Stage: "bench", Done: 1, Total: 2}); got != "bench    50 %  10s left" {
		t.Errorf("got %q", got)
	}
	if got := p.line(acdeploy.Event{Stage: "bench", Done: 3, Total: 2}); got != "bench   100 %  0s left" {
		t.Errorf("more than all: got %q", got)
	}
	long := p.line(acdeploy.Event{Stage: "fuse", Note: strings.Repeat("ä", 200)})
	if n := utf8.RuneCountInString(long); n != 79 || !strings.HasSuffix(long, "…") {
		t.Errorf("%d characters: %q", n, long)
	}
}
