package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/acdeploy/acdeploy"
	"github.com/acdeploy/acdeploy/reports"
)

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
