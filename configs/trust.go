package configs

import (
	"reflect"
	"slices"

	"github.com/acdeploy/acdeploy/catalog"
)

// Executed lists the keys of the configuration file that name something which would be executed: a program, a library, a
// folder of built engines. What a flag or a variable says in place of the file is not among them.
func (c Config) Executed(known Catalogs) []string {
	if c.src == nil {
		return nil
	}
	keys := c.executedIn("", reflect.ValueOf(&c).Elem())
	for _, p := range slices.Concat(c.Passes, c.Enable) {
		keys = append(keys, c.executedBy(p, known.Passes)...)
	}
	for _, b := range c.Bench.Backends {
		keys = append(keys, c.executedBy(b.Component, known.Backends)...)
	}
	return keys
}

// executedIn looks at the keys of a section.
func (c Config) executedIn(section string, v reflect.Value) []string {
	var keys []string
	for _, f := range fieldsOf(v) {
		key := join(section, f.Name)
		switch {
		case f.Executes && !f.Value.IsZero() && c.places[key].src == c.src:
			keys = append(keys, key)
		case isSection(f.Value):
			keys = append(keys, c.executedIn(key, f.Value)...)
		}
	}
	return keys
}

// executedBy looks at the options of a component. What is wrong with them is for [Config.Validate] to tell.
func (c Config) executedBy(p Component, known catalog.Catalog[any]) []string {
	entry, err := known.Find(p.Name)
	if err != nil || p.src != c.src {
		return nil
	}
	made := entry.New()
	_ = p.Decode(made)
	var keys []string
	for _, o := range catalog.Options(made) {
		if o.Executes && !o.Value.IsZero() {
			keys = append(keys, join(join(p.key, p.Name), o.Name))
		}
	}
	return keys
}
