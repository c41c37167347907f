package acdeploy

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/bench"
	"github.com/acdeploy/acdeploy/configs"
)

// Engine is a backend of the catalog with the options it is given, the others at their defaults.
type Engine struct {
	Name     string
	Options  map[string]json.RawMessage // under the names that a configuration uses
	Required bool                       // its absence is an error
}

// Engines are those that a configuration names, with the library that it names.
func (t Toolbox) Engines(cfg configs.Config) ([]Engine, error) {
	var written struct {
		Bench struct {
			Backends []json.RawMessage `json:"backends"`
		} `json:"bench"`
	}
	text, err := json.Marshal(cfg)
	if err == nil {
		err = json.Unmarshal(text, &written)
	}
	if err != nil {
		return nil, fmt.Errorf("read engines: %w", err)
	}
	engines, chosen := make([]Engine, len(cfg.Bench.Backends)), t.Provider == ""
	for i, b := range cfg.Bench.Backends {
		e := Engine{Name: b.Name, Required: b.Required, Options: map[string]json.RawMessage{}}
		var named map[string]map[string]json.RawMessage
		if json.Unmarshal(written.Bench.Backends[i], &named) == nil { // otherwise it is a mere name
			maps.Copy(e.Options, named[b.Name])
			delete(e.Options, "required")
		}
		if _, given := e.Options["library"]; !given && cfg.Runtime.Library != "" {
			e, _ = t.with(e, "library", cfg.Runtime.Library)
		}
		if b, err := t.Open(e); err == nil && t.Provider != "" && providerOf(b) != "" {
			if e, err = e.set("provider", t.Provider); err != nil {
				return nil, err
			}
			chosen = true
		}
		if _, err := t.Open(e); err != nil {
			return nil, outcomef(ErrUsage, "%w", err)
		}
		engines[i] = e
	}
	if !chosen {
		return nil, outcomef(ErrUsage, "provider %q: none of the engines has a choice of providers", t.Provider)
	}
	return engines, nil
}

// Open makes the backend of an engine.
func (t Toolbox) Open(e Engine) (backends.Backend, error) {
	made, err := t.Backends.Make(e.Name, e.decode)
	if err != nil {
		return nil, fmt.Errorf("backend %w", err)
	}
	if v, ok := made.(configs.Validator); ok {
		if err := v.Validate(); err != nil {
			return nil, fmt.Errorf("backend %s: %w", e.Name, err)
		}
	}
	made, _, err = backends.TuneIfAble(made, backends.Tuning{Library: t.Library})
	return made, err
}

// decode fills in an option struct. JSON is YAML, so a configuration can read it.
func (e Engine) decode(into any) error {
	text, err := json.Marshal([]map[string]any{{e.Name: e.Options}})
	if err != nil {
		return err
	}
	var cfg configs.Config
	if err := cfg.Set("bench.backends", string(text), "backend "+e.Name); err != nil {
		return err
	}
	return cfg.Bench.Backends[0].Decode(into)
}

// with sets an option, where the backend has one of that name and takes the value.
func (t Toolbox) with(e Engine, option string, value any) (Engine, bool) {
	changed, err := e.set(option, value)
	if err != nil {
		return e, false
	}
	if _, err := t.Open(changed); err != nil {
		return e, false
	}
	return changed, true
}

// set gives an option another value, right or wrong.
func (e Engine) set(option string, value any) (Engine, error) {
	text, err := json.Marshal(value)
	if err != nil {
		return e, fmt.Errorf("option %s of %s: %w", option, e.Name, err)
	}
	options := maps.Clone(e.Options)
	if options == nil {
		options = map[string]json.RawMessage{}
	}
	options[option] = text
	e.Options = options
	return e, nil
}

// spec is the engine as a measurement names it.
func (t Toolbox) spec(e Engine) (bench.BackendSpec, error) {
	spec := bench.BackendSpec{Name: e.Name}
	b, err := t.Open(e)
	if err != nil {
		return spec, err
	}
	spec.Provider = providerOf(b)
	if len(e.Options) > 0 {
		spec.Options, err = json.Marshal(e.Options)
	}
	return spec, err
}

// providerOf is where a backend is asked to run models; "" where it has no choice.
func providerOf(b backends.Backend) string {
	return b.Describe().Provider
}

// provider is where an engine is asked to run models; "" where it cannot be made.
func (t Toolbox) provider(e Engine) string {
	b, err := t.Open(e)
	if err != nil {
		return ""
	}
	return providerOf(b)
}

// label names an engine with its provider, unless that is the usual one.
func label(name, provider string) string {
	if provider == "" || provider == "cpu" {
		return name
	}
	return name + " " + provider
}

// OpenSpec makes the backend that a measurement names, in a worker. It is a [bench.OpenBackend].
func (t Toolbox) OpenSpec(_ context.Context, spec bench.BackendSpec) (backends.Backend, error) {
	e := Engine{Name: spec.Name, Options: map[string]json.RawMessage{}}
	if len(spec.Options) > 0 {
		if err := json.Unmarshal(spec.Options, &e.Options); err != nil {
			return nil, fmt.Errorf("options of %s: %w", spec.Name, err)
		}
	}
	if spec.Threads > 0 {
		e, _ = t.with(e, "threads", spec.Threads)
	}
	b, err := t.Open(e)
	if err != nil {
		return nil, err
	}
	b, _, err = backends.TuneIfAble(b, backends.Tuning{YieldIdle: spec.Threads > 1})
	return b, err
}
