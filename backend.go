package acdeploy

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/catalog"
	"github.com/acdeploy/acdeploy/configs"
	"github.com/acdeploy/acdeploy/internal/human"
	"github.com/acdeploy/acdeploy/worker"
)

// Backend is a backend of the catalog with its options, as a configuration names it.
type Backend struct {
	backends.Backend
	Name     string // in the catalog
	required bool   // its absence is an error: so says the configuration, or the command line names it
	// outright says what names its library or program outright, so that it is an error if that one cannot be had.
	outright string
	// lacks are the knobs that every engine was asked for and this one does not have.
	lacks []backends.Knob
}

// Backend is the backend of that name with its default options. Its library is the one at that path; "" for the
// one that it finds.
func (t Toolbox) Backend(name, library string) (Backend, error) { return t.backend(name, library, nil) }

// backend makes a backend and checks its options; decode fills them in and may be nil.
func (t Toolbox) backend(name, library string, decode func(into any) error) (Backend, error) {
	b := Backend{Name: name}
	made, err := t.Backends.Make(name, decode)
	if err != nil {
		return b, fmt.Errorf("backend %w", err)
	}
	if v, ok := made.(configs.Validator); ok {
		if err := v.Validate(); err != nil {
			return b, fmt.Errorf("backend %s: %w", name, err)
		}
	}
	b.Backend = made
	// The path is that of the one library there is to name. It says nothing to an engine without one.
	_, err = b.tune(backends.Tuning{Library: library})
	return b, err
}

// misses reports whether a skip of the backend is an error.
func (b Backend) misses(s backends.Skip) bool {
	return b.required || s.Unsafe || b.outright != "" && s.Broken
}

// tune changes the options of a backend that has the knob, and reports whether it has. What the user asked for
// must not be dropped in silence: whoever tunes says so with [Backend.warn].
func (b *Backend) tune(tuning backends.Tuning) (able bool, err error) {
	b.Backend, able, err = backends.TuneIfAble(b.Backend, tuning)
	if err != nil {
		return able, fmt.Errorf("backend %s: %w", b.Name, err)
	}
	return able, nil
}

// Choose makes the backends that a configuration names, with the library, the provider and the threads that are asked for.
func (t Toolbox) Choose(cfg configs.Config, s Settings) ([]Backend, error) {
	chosen := make([]Backend, len(cfg.Bench.Backends))
	provided := s.Provider == ""
	for i, named := range cfg.Bench.Backends {
		b, err := t.backend(named.Name, s.Library, named.Decode)
		if err != nil {
			return nil, outcomef(ErrUsage, "%w", err)
		}
		b.required = named.Required
		if _, err := b.tune(backends.Tuning{Fallback: cfg.Runtime.Library}); err != nil {
			return nil, outcomef(ErrUsage, "%w", err)
		}
		able, err := b.tune(backends.Tuning{Provider: s.Provider})
		if err != nil {
			return nil, outcomef(ErrUsage, "%w", err)
		}
		if !able {
			b.lacks = append(b.lacks, backends.KnobProvider)
		}
		b.required = b.required || s.Named || able && s.Provider != ""
		b.outright = backends.NamedOutright(b.Backend)
		if err := b.agrees(cfg); err != nil {
			return nil, err
		}
		threaded, err := b.tune(backends.Tuning{Threads: s.Threads})
		if err != nil {
			return nil, outcomef(ErrUsage, "%w", err)
		}
		if !threaded && s.Threads > 1 {
			b.lacks = append(b.lacks, backends.KnobThreads)
		}
		provided = provided || able
		chosen[i] = b
	}
	if !provided {
		return nil, outcomef(ErrUsage, "provider %q: none of the engines has a choice of providers", s.Provider)
	}
	return chosen, nil
}

// NamedButAbsent is the error for engines whose library or program is named outright, that are not among the engines of a
// configuration, and that cannot be used: who names one expects it to take part.
func (t Toolbox) NamedButAbsent(ctx context.Context, cfg configs.Config) error {
	var errs []error
	for _, entry := range t.Backends {
		by := backends.NamedOutright(entry.New())
		if by == "" || slices.ContainsFunc(cfg.Bench.Backends, func(b configs.Backend) bool { return b.Name == entry.Name }) {
			continue
		}
		guest, end := t.Isolated(Backend{Name: entry.Name, Backend: entry.New()}, cfg.Bench.Timeout)
		if skip, ok := backends.SkipOf(entry.Name, "", guest.Check(ctx)); ok {
			errs = append(errs, outcomef(ErrMissing, "engine %s, which %s names, cannot be used: %s; %s", entry.Name, by, skip.Reason, skip.Remedy))
		}
		_ = end() // its answer is in
	}
	return errors.Join(errs...)
}

// warn tells of each knob that the engine does not have.
func (b Backend) warn(observe Observer, s Stage, lacks ...backends.Knob) {
	for _, knob := range lacks {
		observe.warn(s, "%s has no %s to tune: it runs as it is", b.Name, knob)
	}
}

// agrees refuses an engine whose options ask for another number of threads than the measurement, where both were given. Where
// only the engine's was, it is the one that is used.
func (b Backend) agrees(cfg configs.Config) error {
	const key = "bench.threads"
	own := backends.OwnThreads(b.Backend)
	if own == 0 || own == cfg.Bench.Threads || cfg.Origin(key) == "default" {
		return nil
	}
	return outcomef(ErrUsage, "backend %s asks for %s, and %s (%s) for %d; give one of them", b.Name, human.Count(own, "thread"), key, cfg.Origin(key), cfg.Bench.Threads)
}

// threaded lists the knob for threads if more than one is asked for and the engine has none. One is what an
// engine takes by itself.
func (b Backend) threaded(threads int) ([]backends.Knob, error) {
	if threads <= 1 {
		return nil, nil
	}
	able, err := b.tune(backends.Tuning{Threads: threads})
	if able || err != nil {
		return nil, err
	}
	return []backends.Knob{backends.KnobThreads}, nil
}

// Isolated is a backend that runs in worker processes only: an engine that crashes or hangs takes none but its
// worker along. One answer may take as long as the timeout; 0 for that of a guest, two minutes. Where the program
// starts no workers, it is the backend itself. The function ends the workers.
func (t Toolbox) Isolated(b Backend, timeout time.Duration) (Backend, func() error) {
	if t.Launch == nil {
		return b, func() error { return nil }
	}
	name := b.Name
	guest := worker.NewGuest(b.Backend, func(local backends.Backend) (worker.BackendSpec, error) {
		return t.spec(Backend{Backend: local, Name: name})
	}, t.Launch, timeout)
	b.Backend = guest
	return b, guest.Close
}

// isolated are several such backends.
func (t Toolbox) isolated(list []Backend, timeout time.Duration) (guests []Backend, end func()) {
	var ends []func() error
	for _, b := range list {
		guest, end := t.Isolated(b, timeout)
		guests, ends = append(guests, guest), append(ends, end)
	}
	return guests, func() {
		for _, end := range ends {
			_ = end() // their answers are in
		}
	}
}

// spec is the backend as a measurement names it: its options go to the worker as JSON.
func (t Toolbox) spec(b Backend) (worker.BackendSpec, error) {
	entry, err := t.Backends.Find(b.Name)
	if err != nil {
		return worker.BackendSpec{}, fmt.Errorf("backend %w", err)
	}
	options, err := catalog.Encode(b.Backend, entry.New())
	if err != nil {
		return worker.BackendSpec{}, fmt.Errorf("backend %s: %w", b.Name, err)
	}
	return worker.BackendSpec{Name: b.Name, Provider: b.Describe().Provider, Options: options}, nil
}

// Opener makes the backends that a measurement names, in a worker. Their library is the one at that path; "" for
// the one that they find.
func (t Toolbox) Opener(library string) worker.OpenBackend {
	return func(_ context.Context, spec worker.BackendSpec) (backends.Backend, error) {
		b, err := t.backend(spec.Name, library, func(into any) error { return catalog.Decode(spec.Options, into) })
		if err != nil {
			return nil, err
		}
		// Who measures says which engine has no threads to tune. That idle threads yield is no wish of the user.
		for _, tuning := range []backends.Tuning{{Threads: spec.Threads}, {YieldIdle: spec.Threads > 1}} {
			if _, err := b.tune(tuning); err != nil {
				return nil, err
			}
		}
		return b.Backend, nil
	}
}

// label names a backend with its provider, unless that is the usual one.
func label(name, provider string) string {
	if provider == "" || provider == "cpu" {
		return name
	}
	return name + " " + provider
}
