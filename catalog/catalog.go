// Package catalog finds a component, such as a pass or a backend, by the name that a configuration
// gives it, and decodes its options strictly.
//
// A component is its own option struct: its exported, yaml-tagged fields are its options, and the
// value that New returns holds their defaults. A catalog is a plain slice, handed to the program by
// its main function, so another module adds a component by appending to it.
package catalog

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"sort"
	"strings"
)

// Entry is a component that can be configured by name.
type Entry[T any] struct {
	Name string   // snake_case, unique in its catalog
	Doc  string   // the part before the first empty line is the title
	New  func() T // returns a pointer to the option struct with its defaults

	// Aliases are what else people call the component. Suggestions read them; an alias is a name only where [Catalog.Canonical] is asked.
	Aliases []string

	// Listed says that the component is used only where a configuration lists it, and is no part of what runs by default.
	Listed bool
}

// Title is the first paragraph of Doc.
func (e Entry[T]) Title() string {
	title, _, _ := strings.Cut(e.Doc, "\n\n")
	return title
}

// Catalog lists components in the order in which they are shown, and run by default.
type Catalog[T any] []Entry[T]

// Names lists the components in catalog order.
func (c Catalog[T]) Names() []string {
	names := make([]string, len(c))
	for i, e := range c {
		names[i] = e.Name
	}
	return names
}

// Default is the components that run where no configuration lists others.
func (c Catalog[T]) Default() Catalog[T] {
	return slices.DeleteFunc(slices.Clone(c), func(e Entry[T]) bool { return e.Listed })
}

// Find returns the entry of that name, or an error that names the nearest one.
func (c Catalog[T]) Find(name string) (Entry[T], error) {
	for _, e := range c {
		if e.Name == name {
			return e, nil
		}
	}
	return Entry[T]{}, fmt.Errorf("%q is not known%s; known are %s", name, c.suggest(name), strings.Join(c.Names(), ", "))
}

// Canonical is the name of the component of that alias, for lists whose aliases are names, too. Any other word stays as it is.
func (c Catalog[T]) Canonical(name string) string {
	for _, e := range c {
		if slices.Contains(e.Aliases, name) {
			return e.Name
		}
	}
	return name
}

// suggest is [Suggest] of the component that people call name, or else of the one whose name is nearest.
func (c Catalog[T]) suggest(name string) string {
	same := func(alias string) bool { return strings.EqualFold(alias, name) }
	for _, e := range c {
		if same(e.Name) || slices.ContainsFunc(e.Aliases, same) {
			return didYouMean(e.Name)
		}
	}
	return Suggest(name, c.Names())
}

// Make returns the component of that name after decode has filled in its options; decode may be nil.
func (c Catalog[T]) Make(name string, decode func(into any) error) (T, error) {
	entry, err := c.Find(name)
	if err != nil {
		var zero T
		return zero, err
	}
	made := entry.New()
	if decode != nil {
		if err := decode(made); err != nil {
			return made, fmt.Errorf("options of %s: %w", name, err)
		}
	}
	return made, nil
}

var validName = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)

// Validate reports entries without a name, a description or a constructor, and names used twice.
func (c Catalog[T]) Validate() error {
	var errs []error
	seen := map[string]bool{}
	for _, e := range c {
		switch {
		case !validName.MatchString(e.Name):
			errs = append(errs, fmt.Errorf("name %q is not snake_case", e.Name))
		case seen[e.Name]:
			errs = append(errs, fmt.Errorf("%s is listed twice", e.Name))
		case e.Doc == "":
			errs = append(errs, fmt.Errorf("%s has no description", e.Name))
		case e.New == nil:
			errs = append(errs, fmt.Errorf("%s has no constructor", e.Name))
		}
		seen[e.Name] = true
	}
	return errors.Join(errs...)
}

// Suggest returns `, did you mean "x"?` for the known word nearest to word, or "" when none is near.
func Suggest(word string, known []string) string {
	best, at := 3, ""
	sorted := append([]string(nil), known...)
	sort.Strings(sorted)
	for _, k := range sorted {
		if d := distance(word, k); d < best && d < len(k) {
			best, at = d, k
		}
	}
	if at == "" {
		return ""
	}
	return didYouMean(at)
}

func didYouMean(word string) string { return fmt.Sprintf(", did you mean %q?", word) }

// distance is the Levenshtein distance.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j+1]+1, row[j]+1)
		}
	}
	return row[len(b)]
}
