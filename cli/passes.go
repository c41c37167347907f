package cli

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/acdeploy/acdeploy/catalog"
	"github.com/acdeploy/acdeploy/internal/human"
	"github.com/acdeploy/acdeploy/internal/outcome"
)

// component is a pass or a backend in a document.
type component struct {
	Name    string   `json:"name"`
	Title   string   `json:"title"`
	Doc     string   `json:"doc"`
	Options []option `json:"options"`
}

// catalogDocument is the document of passes and of backends NAME: the schema, and a list under the
// name of its kind.
type catalogDocument struct {
	schema, kind string
	list         []component
}

// MarshalJSON writes the schema first.
func (d catalogDocument) MarshalJSON() ([]byte, error) {
	list, err := json.Marshal(d.list)
	if err != nil {
		return nil, err
	}
	return fmt.Appendf(nil, `{"schema":%q,%q:%s}`, d.schema, d.kind, list), nil
}

// option is an option of a component with its default.
type option struct {
	Name    string `json:"name"`
	Type    string `json:"type"`
	Default any    `json:"default"`
	doc     string // for people
}

func newPassesCmd(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "passes [NAME]",
		Short: "list the passes in the order of the default pipeline, or explain one",
		Args:  arguments(0, 1, "at most one pass"),
		RunE: func(_ *cobra.Command, args []string) error {
			return listComponents(a, "acdeploy.passes/v1", "passes", a.tools.Passes, args)
		},
	}
	a.addJSON(cmd)
	return cmd
}

// listComponents prints a catalog, or one entry of it in full.
func listComponents[T any](a *app, schema, kind string, c catalog.Catalog[T], args []string) error {
	entries := c
	if len(args) == 1 {
		e, err := c.Find(args[0])
		if err != nil {
			return outcome.Usagef("%s: %w", strings.TrimSuffix(kind, "es"), err)
		}
		entries = catalog.Catalog[T]{e}
	}
	if a.asJSON {
		list := []component{}
		for _, e := range entries {
			list = append(list, component{e.Name, e.Title(), e.Doc, optionsOf(e.New())})
		}
		return a.document(catalogDocument{schema, kind, list})
	}
	if len(args) == 1 {
		explain(a, entries[0].Name, entries[0].Doc, optionsOf(entries[0].New()))
		return nil
	}
	width := 0
	for _, e := range entries {
		width = max(width, len(e.Name))
	}
	for _, e := range entries {
		note := ""
		if e.Listed {
			note = " (only where it is listed or enabled)"
		}
		a.printf("%-*s  %s%s\n", width, e.Name, e.Title(), note)
	}
	return nil
}

// explain prints everything that is known of a component.
func explain(a *app, name, doc string, options []option) {
	a.print(name + ": " + doc + "\n")
	if len(options) == 0 {
		return
	}
	a.printf("\nOptions:\n")
	for _, o := range options {
		a.printf("  %s (%s, default %s)\n", o.Name, kind(o.Type), shown(o.Default))
		a.print("      " + human.Wrap(o.doc, "      ", helpWidth-6) + "\n")
	}
}

// kind is what a configuration calls the values of a Go type.
func kind(of string) string {
	switch of {
	case "bool":
		return "true or false"
	case "string":
		return "text"
	case "map[string]string", "map[string]interface {}":
		return "keys and values"
	case "[]string":
		return "list of texts"
	case "time.Duration":
		return "duration"
	}
	return "number"
}

// shown is a default as people read it.
func shown(value any) string {
	if text := fmt.Sprint(value); text != "" && text != "map[]" && text != "[]" {
		return text
	}
	return "empty"
}

// optionsOf lists the options of a component with their defaults.
func optionsOf(made any) []option {
	list := []option{}
	for _, o := range catalog.Options(made) {
		list = append(list, option{o.Name, o.Value.Type().String(), o.Value.Interface(), o.Doc})
	}
	return list
}
