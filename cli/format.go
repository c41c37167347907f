package cli

import (
	"os"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

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
	format, err := a.formats.Make(a.formats.Canonical(name), nil)
	if err != nil {
		return nil, outcome.Usagef("format %w", err)
	}
	return format, nil
}

// table prints all of a report for people.
func (a *app) table(r *reports.Report) error { return a.setTable(a.sink(), r) }

// brief prints the result of a report and its numbers, or all of it with -v.
func (a *app) brief(r *reports.Report) error {
	return a.setTable(a.briefSink(), r)
}

// briefSink is standard output as a place for what somebody waits for: the result and its numbers, or all of it with -v.
func (a *app) briefSink() reports.Output {
	to := a.sink()
	if to.Brief = !a.verbose; to.Brief && to.Width == 0 {
		to.Width = unknownWidth
	}
	return to
}

func (a *app) setTable(to reports.Output, r *reports.Report) error {
	format, err := a.format(tableName)
	if err != nil {
		return err
	}
	return format.Write(to, r)
}

// unknownWidth is how wide a place is taken to be that does not tell, in characters.
const unknownWidth = 80

// sink is standard output as a place for reports.
func (a *app) sink() reports.Output {
	to := reports.Output{Writer: a.out, ASCII: a.plain(), Width: a.width()}
	if !a.quiet {
		to.Commands = a.raw
	}
	return to
}

// width is how wide standard output is, in characters; 0 where nothing tells.
func (a *app) width() int {
	if n, err := strconv.Atoi(os.Getenv("COLUMNS")); err == nil && n > 0 {
		return n
	}
	if f, ok := file(a.out); ok {
		if n, _, err := term.GetSize(int(f.Fd())); err == nil {
			return n
		}
	}
	return 0
}
