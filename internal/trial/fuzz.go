package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"time"

	"github.com/acdeploy/acdeploy"
	"github.com/acdeploy/acdeploy/internal/mutant"
	"github.com/acdeploy/acdeploy/model"
	"github.com/acdeploy/acdeploy/pipeline"
)

// fuzz changes fields of model files at random. Whatever comes of it has to be read or refused in one line; what the passes
// make of it has to answer the same in an engine that does not optimise.
type fuzz struct {
	tools  acdeploy.Toolbox
	engine *acdeploy.Backend // nil where it is not here
	steps  []pipeline.Step
	seeds  []seedFile
	seed   uint64
	keep   string // folder for the mutants that failed; "" for none
	guest  *acdeploy.Backend
	end    func() error // of the guest
	tally  fates
}

// fates is what became of the mutants.
type fates struct {
	mutants   int
	refused   int // acdeploy refused it
	fused     int // the passes changed it
	ran       int // the engine ran it before and after
	explained int // its answers differ, as rounding and undefined numbers explain
	unsteady  int // it answers something else each time
	worst     uint64
	failures  []string
}

func (t fates) String() string {
	return fmt.Sprintf("%d mutants: %d refused in one line, %d read, %d of them fused; the engine ran %d before and after, %d answered the same, "+
		"%d within what rounding explains, %d were random; at most %d MB allocated; %d failures",
		t.mutants, t.refused, t.mutants-t.refused, t.fused, t.ran, t.ran-t.explained-t.unsteady, t.explained, t.unsteady, t.worst>>20, len(t.failures))
}

// run tries the mutants from the first one on, until there were so many or the time is up; 0 for no limit.
func (f *fuzz) run(ctx context.Context, first, count int, until time.Time) error {
	defer f.release()
	for k := first; count == 0 || k < first+count; k++ {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if !until.IsZero() && time.Now().After(until) {
			return nil
		}
		if err := f.one(ctx, k); err != nil {
			return fmt.Errorf("mutant %d: %w", k, err)
		}
	}
	return nil
}

// draw is mutant k: the same bytes on every machine.
func (f *fuzz) draw(k int) (seedFile, []byte) {
	rng := rand.New(rand.NewPCG(f.seed, uint64(k)))
	s := f.seeds[rng.IntN(len(f.seeds))]
	var others []mutant.File
	for _, o := range f.seeds {
		others = append(others, o.file)
	}
	changes := 1
	for rng.IntN(3) == 0 && changes < 6 {
		changes++
	}
	return s, s.file.Structured(rng, others, changes).Bytes()
}

func (f *fuzz) one(ctx context.Context, k int) error {
	folder, err := os.MkdirTemp("", "acdeploy-trial-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(folder) }()
	s, raw := f.draw(k)
	path := filepath.Join(folder, "mutant.onnx")
	if err := s.write(path, raw); err != nil {
		return err
	}
	f.tally.mutants++
	fault := f.try(ctx, path, len(raw))
	if ctx.Err() != nil || fault == nil {
		return ctx.Err()
	}
	text := fmt.Sprintf("mutant %d of %s: %v", k, s.name, fault)
	f.tally.failures = append(f.tally.failures, text)
	fmt.Println(text)
	if f.keep == "" {
		return nil
	}
	kept := filepath.Join(f.keep, fmt.Sprint(k))
	return cmp.Or(os.MkdirAll(kept, 0o755), s.write(filepath.Join(kept, "mutant.onnx"), raw))
}

// try has acdeploy and the engine take a file, and says what is wrong with that.
func (f *fuzz) try(ctx context.Context, path string, size int) error {
	made := f.fuse(ctx, path, size)
	if made.source != nil {
		defer func() { _ = made.source.Close() }()
	}
	if made.fault != nil {
		return made.fault
	}
	if made.refused != nil {
		f.tally.refused++
		return cmp.Or(oneLine(made.refused), f.wrongly(ctx, made))
	}
	again, err := model.Open(made.saved.Document().Output.Path)
	if err != nil {
		return fmt.Errorf("the fused file cannot be read: %w", err)
	}
	defer func() { _ = again.Close() }()
	if len(made.saved.Document().Rewrites) == 0 {
		return nil // the same model
	}
	f.tally.fused++
	return f.compare(ctx, made, again)
}

// made is what acdeploy makes of a file.
type made struct {
	source  *model.File
	saved   *acdeploy.Saved
	refused error
	fault   error // a panic, or too much memory
}

// A mutant takes so long and allocates so much, all in all, only where something is wrong. The time is far from what any machine
// needs: it ends what would not end.
const (
	patience     = 2 * time.Minute
	allocated    = 64 << 20
	allocatedFor = 60 // and for each byte of the file
)

// fuse opens a file and fuses it. What does not end ends the trial, which tells where it was.
func (f *fuzz) fuse(ctx context.Context, path string, size int) made {
	watch := time.AfterFunc(patience, func() { panic(fmt.Sprintf("the last mutant of %d takes more than %v", f.tally.mutants, patience)) })
	defer watch.Stop()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	m := f.fused(ctx, path)
	runtime.ReadMemStats(&after)
	spent := after.TotalAlloc - before.TotalAlloc
	f.tally.worst = max(f.tally.worst, spent)
	if m.fault == nil && spent > uint64(allocated+allocatedFor*size) {
		m.fault = fmt.Errorf("a file of %d bytes made it allocate %d MB", size, spent>>20)
	}
	return m
}

func (f *fuzz) fused(ctx context.Context, path string) (m made) {
	defer func() {
		if p := recover(); p != nil {
			m.fault = fmt.Errorf("it panics: %v\n%s", p, debug.Stack())
		}
	}()
	if m.source, m.refused = model.OpenOn(ctx, path); m.refused != nil {
		return m
	}
	fused, err := acdeploy.Fuse(ctx, m.source, f.steps, pipeline.Options{})
	if err != nil {
		m.refused = err
		if _, panicked := errors.AsType[*pipeline.Panic](err); panicked {
			m.fault = err
		}
		return m
	}
	m.saved, m.refused = fused.Save(ctx, filepath.Join(filepath.Dir(path), "fused.onnx"))
	return m
}

// mostText is how long an error may be.
const mostText = 2000

// oneLine is an error that is not one clear line.
func oneLine(err error) error {
	switch text := err.Error(); {
	case strings.TrimSpace(text) == "":
		return errors.New("it is refused without a word")
	case strings.ContainsAny(text, "\n\r"):
		return fmt.Errorf("it is refused in several lines: %q", text)
	case len(text) > mostText:
		return fmt.Errorf("it is refused in %d bytes: %.200q …", len(text), text)
	}
	return nil
}
