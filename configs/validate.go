package configs

import (
	"errors"
	"math"
	"reflect"
	"slices"
	"strings"

	"github.com/acdeploy/acdeploy/catalog"
)

// Catalogs are the components that a configuration may name.
type Catalogs struct {
	Passes, Backends, Formats catalog.Catalog[any] // each by its name and its options
}

// Known makes [Catalogs] of the catalogs that the program was built with.
func Known[P, B any](passes catalog.Catalog[P], backends catalog.Catalog[B]) Catalogs {
	return Catalogs{Passes: Plain(passes), Backends: Plain(backends)}
}

// Plain is a catalog without the type of its components.
func Plain[T any](c catalog.Catalog[T]) catalog.Catalog[any] {
	entries := make(catalog.Catalog[any], len(c))
	for i, e := range c {
		entries[i] = catalog.Entry[any]{Name: e.Name, Doc: e.Doc, New: func() any { return e.New() }, Aliases: e.Aliases, Listed: e.Listed}
	}
	return entries
}

// Validator is an option struct that checks its own values: those of a pass, of a backend, or of a
// section of the configuration.
type Validator interface {
	// Validate reports the first value that cannot be used.
	Validate() error
}

// FieldError is an error of a [Validator] that knows which of its fields is wrong, by the field's
// name in the configuration.
type FieldError interface {
	error
	// Field is the yaml name of the field.
	Field() string
}

// Validate checks what the text alone cannot tell: that every pass and backend is known and takes
// the options given to it, and that the values make sense. All faults come back in one [*Error].
func (c Config) Validate(known Catalogs) error { return c.check(known).err() }

func (c Config) check(known Catalogs) faults {
	var all faults
	all = append(all, c.checkBasics()...)
	for _, p := range slices.Concat(c.Passes, c.Enable) {
		all = append(all, checkComponent(p, known.Passes)...)
	}
	for _, b := range c.Bench.Backends {
		all = append(all, checkComponent(b.Component, known.Backends)...)
	}
	for i, name := range c.Disable {
		if _, err := known.Passes.Find(name); err != nil {
			all = append(all, c.fault(index("disable", i), "pass %v", err))
		}
	}
	for i, name := range c.Reports {
		if _, err := known.Formats.Find(known.Formats.Canonical(name)); err != nil {
			all = append(all, c.fault(index("reports", i), "format %v", err))
		}
	}
	return all
}

// checkComponent finds the faults of one component.
func checkComponent(c Component, known catalog.Catalog[any]) faults {
	entry, err := known.Find(c.Name)
	if err != nil {
		return faults{c.fault("%v", err)}
	}
	made := entry.New()
	if err := c.Decode(made); err != nil {
		if bad, ok := errors.AsType[*Error](err); ok {
			return bad.Faults
		}
		return faults{c.fault("%v", err)}
	}
	if v, ok := made.(Validator); ok {
		if err := v.Validate(); err != nil {
			return faults{c.fault("%s: %v", c.Name, err)}
		}
	}
	return nil
}

// checkBasics checks the values of the configuration's own fields.
func (c Config) checkBasics() faults {
	var all faults
	refuse := func(key, format string, args ...any) {
		all = append(all, c.fault(key, format, args...))
	}
	if c.Version != Version {
		refuse("version", "this is version %d of the configuration, which this program reads only as version %d", c.Version, Version)
	}
	if c.Model == "" {
		refuse("model", "model is missing: name the ONNX file of the network as trained")
	}
	if m := c.Gates.Latency.Margin; m > 0 && m != c.Bench.Margin && c.given("bench.margin") {
		refuse("gates.latency.margin", "the margin is %s here and %s in the bench section; give it once", m, c.Bench.Margin)
	}
	if c.Passes != nil && len(c.Passes) == 0 {
		refuse("passes", "the list of passes is empty; leave it out to run the default pipeline")
	}
	if c.MaxRounds < 1 {
		refuse("max_rounds", "max_rounds must be at least 1, not %d", c.MaxRounds)
	}
	if c.MaxRewrites < 0 {
		refuse("max_rewrites", "max_rewrites must not be negative; 0 is no limit")
	}
	if !(c.MaxGrowth == 0 || c.MaxGrowth >= 1 && c.MaxGrowth <= math.MaxInt32) {
		refuse("max_growth", "max_growth must be at least 1, or 0 for no limit, not %g", c.MaxGrowth)
	}
	if c.PassTimeout < 0 {
		refuse("pass_timeout", "pass_timeout must be 0 for no limit, or more, not %s", c.PassTimeout)
	}
	if !(c.MaxMemory >= 0 && c.MaxMemory <= math.MaxInt32) {
		refuse("max_memory", "max_memory must be 0 for no limit, or more, not %g", c.MaxMemory)
	}
	if !slices.Contains([]string{"", "inline", "external"}, c.Weights) {
		refuse("weights", "weights must be inline or external, or empty for where they came from, not %q", c.Weights)
	}
	if !(c.Shard == 0 || c.Shard >= 0.001 && c.Shard <= math.MaxInt32) {
		refuse("shard", "shard must be from 0.001 to %d, or 0 for one data file, not %g", math.MaxInt32, c.Shard)
	}
	if c.Weights == "inline" && c.Shard > 0 {
		refuse("shard", "shard divides data files, and with weights: inline there is none; leave one of them out")
	}
	return append(all, c.checkSections()...)
}

// checkSections asks every section that can check itself.
func (c Config) checkSections() faults {
	var all faults
	for _, f := range fieldsOf(reflect.ValueOf(&c).Elem()) {
		v, ok := reflect.TypeAssert[Validator](f.Value)
		if !ok {
			continue
		}
		for _, err := range each(v.Validate()) {
			all = append(all, c.fault(join(f.Name, culprit(err, f.Value)), "%v", err))
		}
	}
	return all
}

// culprit is the field that an error of a section is about: the one it says, or else the one whose
// name its sentence begins with.
func culprit(err error, section reflect.Value) string {
	if at, ok := errors.AsType[FieldError](err); ok {
		return at.Field()
	}
	word, _, _ := strings.Cut(err.Error(), " ")
	for _, key := range leafKeys("", section) {
		if key == word || strings.HasSuffix(key, "."+word) {
			return key
		}
	}
	return ""
}

// each takes joined errors apart.
func each(err error) []error {
	if err == nil {
		return nil
	}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		return joined.Unwrap()
	}
	return []error{err}
}
