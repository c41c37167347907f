package cli

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/acdeploy/acdeploy"
	"github.com/acdeploy/acdeploy/reports"
)

func newReportCmd(a *app) *cobra.Command {
	var name string
	cmd := &cobra.Command{
		Use:   "report REPORT",
		Short: "show a report in another format",
		Long:  "Show a report in another format. REPORT is a report.json or the directory that holds one.",
		Args:  arguments(1, 1, "one report"),
		RunE: func(_ *cobra.Command, args []string) error {
			if a.asJSON {
				name = "json"
			}
			format, err := a.format(name)
			if err != nil {
				return err
			}
			r, err := readReport(args[0])
			if err != nil {
				return err
			}
			return format.Write(a.sink(), r)
		},
	}
	a.addFormat(cmd, &name)
	a.addJSON(cmd)
	return cmd
}

// readReport reads a report, or the one in a directory.
func readReport(path string) (*reports.Report, error) {
	path, err := expand(path)
	if err != nil {
		return nil, err
	}
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		path = filepath.Join(path, reports.FileName)
	}
	return reports.Read(path)
}

func newCompareCmd(a *app) *cobra.Command {
	var format string
	cmd := &cobra.Command{
		Use:   "compare REPORT REPORT...",
		Short: "compare the latencies of reports",
		Long: `Compare the latencies of two reports, arm by arm. Where machine, libraries and settings are the same, the
units of both are compared as independent groups, and an arm that became slower is exit code 4. Otherwise
it says what differs, and the ratios are indicative: acdeploy bench measures side by side. More than two
reports give a table, each compared with the first.`,
		Args: arguments(2, -1, "two reports or more"),
		RunE: func(_ *cobra.Command, args []string) error { return a.compare(args, format) },
	}
	a.addFormat(cmd, &format)
	a.addJSON(cmd)
	return cmd
}

// comparison is what several reports come to.
type comparison interface {
	reports.Document
	Slower() []reports.ArmPair
	Invalid() []reports.ArmPair
}

func (a *app) compare(paths []string, format string) error {
	if a.asJSON {
		format = "json"
	}
	as, err := a.format(format)
	if err != nil {
		return err
	}
	all := make([]*reports.Report, len(paths))
	for i, path := range paths {
		if all[i], err = readReport(path); err != nil {
			return err
		}
	}
	var doc comparison = reports.NewSeries(all)
	if len(all) == 2 {
		doc = reports.NewCompare(all[0], all[1])
	}
	if !a.quiet || a.asJSON {
		err = as.Write(a.sink(), doc)
	}
	for _, p := range doc.Invalid() {
		err = joinErrors(err, outcomeError{acdeploy.ErrInvalid, fmt.Errorf("%s: nothing can be said: %s", p.Arm, p.Reason)})
	}
	for _, p := range doc.Slower() {
		err = joinErrors(err, outcomeError{acdeploy.ErrGate, fmt.Errorf("%s is slower: %s", p.Arm, p.Reason)})
	}
	return err
}

// outcomeError is an error of its own text that matches one of the outcomes.
type outcomeError struct {
	kind error
	error
}

func (e outcomeError) Is(target error) bool { return target == e.kind }
