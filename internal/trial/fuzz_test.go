package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/acdeploy/acdeploy/pipeline"
)

// seedsOfTests is the folder of models of exporters.
const seedsOfTests = "../../passes/testdata"

// fuzzOf is ready to run, with an engine or without one.
func fuzzOf(t *testing.T, withEngine bool) *fuzz {
	t.Helper()
	if !withEngine {
		t.Setenv("ACDEPLOY_ORT_LIB", "")
		t.Setenv("ORT_DYLIB_PATH", "/absent.so")
	}
	f, err := newFuzz(t.Context(), seedsOfTests, 1)
	if err != nil {
		t.Fatal(err)
	}
	if withEngine && f.engine == nil {
		t.Skip("there is no ONNX Runtime")
	}
	return f
}

// TestReliabilityStructured changes fields of models at random: each is read, or refused in one line; what is fused answers the
// same in ONNX Runtime as before. make fuzz does so for longer.
func TestReliabilityStructured(t *testing.T) {
	count := 800
	if testing.Short() {
		count = 40
	}
	f, err := newFuzz(t.Context(), seedsOfTests, 1)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.run(t.Context(), 0, count, time.Time{}); err != nil {
		t.Fatal(err)
	}
	t.Attr("tried", strconv.Itoa(f.tally.mutants))
	t.Attr("note", fmt.Sprint(f.tally))
	for _, failure := range f.tally.failures {
		t.Error(failure)
	}
	if f.tally.refused < count/4 || f.tally.fused < count/4 || f.engine != nil && f.tally.ran < count/8 {
		t.Error("the mutants try too little")
	}
}

// The same number draws the same mutant.
func TestFuzzDraw(t *testing.T) {
	f := fuzzOf(t, false)
	s, raw := f.draw(7)
	again, rawAgain := f.draw(7)
	other, rawOther := f.draw(8)
	if s.name != again.name || string(raw) != string(rawAgain) {
		t.Error("mutant 7 is another one the second time")
	}
	if s.name == other.name && string(raw) == string(rawOther) {
		t.Error("mutants 7 and 8 are the same")
	}
}

// passOf is a pass that is wrong.
type passOf func(ctx context.Context, r *pipeline.Rewriter) error

func (p passOf) Run(ctx context.Context, r *pipeline.Rewriter) error { return p(ctx, r) }

// TestFuzzNotices says what is wrong with a program that panics, speaks in many lines or takes too much memory, and keeps the
// mutants.
func TestFuzzNotices(t *testing.T) {
	var sink []byte
	for name, c := range map[string]struct {
		pass passOf
		want string // of the failures; "" for none
	}{
		"nothing":    {func(context.Context, *pipeline.Rewriter) error { return nil }, ""},
		"panic":      {func(context.Context, *pipeline.Rewriter) error { panic("oh") }, "it panicked: oh"},
		"many lines": {func(context.Context, *pipeline.Rewriter) error { return errors.New("one\ntwo") }, "refused in several lines"},
		"a long one": {func(context.Context, *pipeline.Rewriter) error { return errors.New(strings.Repeat("a", 2900)) }, "refused in 29"},
		"memory": {func(context.Context, *pipeline.Rewriter) error {
			sink = make([]byte, 200<<20)
			return nil
		}, "made it allocate 20"}, // and what else the process allocates meanwhile
	} {
		t.Run(name, func(t *testing.T) {
			f := fuzzOf(t, false)
			f.keep, f.steps = t.TempDir(), []pipeline.Step{{Name: "wrong", Pass: c.pass}}
			if err := f.run(t.Context(), 0, 6, time.Time{}); err != nil {
				t.Fatal(err)
			}
			if c.want == "" || len(f.tally.failures) == 0 {
				if len(f.tally.failures) > 0 || c.want != "" {
					t.Errorf("%q", f.tally.failures)
				}
				return
			}
			if !strings.Contains(f.tally.failures[0], c.want) {
				t.Errorf("%q, want %q", f.tally.failures[0], c.want)
			}
			var k int
			if _, err := fmt.Sscanf(f.tally.failures[0], "mutant %d", &k); err != nil {
				t.Fatal(err)
			}
			_, raw := f.draw(k)
			if kept, err := os.ReadFile(filepath.Join(f.keep, fmt.Sprint(k), "mutant.onnx")); err != nil || string(kept) != string(raw) {
				t.Error("the mutant was not kept", err)
			}
		})
	}
	_ = sink
}

// It ends when it is interrupted and when the time is up.
func TestFuzzEnds(t *testing.T) {
	f := fuzzOf(t, false)
	if err := f.run(t.Context(), 0, 0, time.Now()); err != nil || f.tally.mutants > 0 {
		t.Errorf("%v, %s", err, f.tally)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := f.run(ctx, 0, 0, time.Time{}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestOneLine(t *testing.T) {
	for text, ok := range map[string]bool{"read model x: it is broken": true, "": false, "a\nb": false, "a\rb": false, strings.Repeat("a", 5000): false} {
		if err := oneLine(errors.New(text)); (err == nil) != ok {
			t.Errorf("%.20q: %v", text, err)
		}
	}
}
