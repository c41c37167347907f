package cli

import (
	"errors"

	"github.com/spf13/cobra"

	"github.com/acdeploy/acdeploy"
	"github.com/acdeploy/acdeploy/internal/outcome"
	"github.com/acdeploy/acdeploy/reports"
)

func newCompareCmd(a *app) *cobra.Command {
	var format string
	cmd := &cobra.Command{
		Use:   "compare REPORT REPORT...",
		Short: "compare the latencies in two or more reports",
		Long: `Compare the latencies in two reports, arm by arm. An arm is one model on one engine with its settings.

If machine, libraries and settings are the same in both reports, every arm gets a verdict, and an arm that
became slower means exit code 4. The reports were measured apart, so their units are compared as independent
groups. A unit is a fresh process.

If anything differs, the command says what, and the ratios are only indicative. To decide between models,
measure them side by side with acdeploy bench.

With more than two reports, each is compared with the first.`,
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
		err = errors.Join(err, outcome.Errorf(acdeploy.ErrInvalid, "%s: there is no verdict: %s", p.Arm, p.Reason))
	}
	for _, p := range doc.Slower() {
		err = errors.Join(err, outcome.Errorf(acdeploy.ErrGate, "%s is slower: %s", p.Arm, p.Reason))
	}
	return err
}
