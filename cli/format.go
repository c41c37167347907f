package cli

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/acdeploy/acdeploy/internal/outcome"
	"github.com/acdeploy/acdeploy/reports"
)

// tableName is the format of what a command prints for people.
const tableName = "table"

// addFormat gives a command that prints a report the flag that names the format.
func (a *app) addFormat(cmd *cobra.Command, name *string) {
	cmd.Flags().StringVar(name, "format", tableName, "format of the output: "+either(a.formats.Names()))
}

// either writes "a, b or c".
func either(words []string) string {
	last := len(words) - 1
	if last < 1 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:last], ", ") + " or " + words[last]
}

// format is the report format of that name, or JSON where the command line asks for it with --json.
func (a *app) format(name string) (reports.Format, error) {
	if a.asJSON {
		name = "json"
	}
	format, err := a.formats.Make(name, nil)
	if err != nil {
		return nil, outcome.Usagef("format %w", err)
	}
	return format, nil
}

// table prints a report for people.
func (a *app) table(r *reports.Report) error {
	format, err := a.format(tableName)
	if err != nil {
		return err
	}
	return format.Write(a.sink(), r)
}

// sink is standard output as a place for reports.
func (a *app) sink() reports.Output { return reports.Output{Writer: a.out, ASCII: a.plain()} }
