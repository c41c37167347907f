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
		Long: `Compare the latencies in reports. Each report is compared with the first one, model by model: the same model in
the same role on the same engine with the same settings, wherever its file lay. If a role has another model in
both, as after another training, the two are compared and the report says so. Reports that have no candidate
in common are an error: exit code 1.

If both reports have a baseline, a candidate is judged by its ratio to the baseline: did it lose against it? Both were
measured side by side, so whatever made the machine slower cancels, and reports of different machines can be
compared. Without a baseline the latency itself is judged, if machine, libraries and settings are the same. If
anything differs, the command says what, and the ratios are only indicative.

The result begins with the slowdown that could have been found. The reports were measured apart, so their units
are compared as independent groups. A unit is a fresh process.

Every candidate must be equivalent or faster, as in acdeploy bench. Otherwise, or if it cannot be told, the exit
code is 4. With --require nothing the comparison is only shown. If nothing was measured in a report, the exit
code is 5 when no engine could run, and 6 when no unit came to its end, whatever is required.

To decide between models, measure them side by side with acdeploy bench.`,
		Args: arguments(2, -1, "two reports or more"),
		RunE: func(cmd *cobra.Command, args []string) error { return a.compare(cmd, args, format) },
	}
	latencySettings(cmd)
	a.addFormat(cmd, &format)
	a.addJSON(cmd)
	return cmd
}

func (a *app) compare(cmd *cobra.Command, paths []string, format string) error {
	as, err := a.format(format)
	if err != nil {
		return err
	}
	cfg, err := a.settings(cmd, "")
	if err != nil {
		return err
	}
	if err := cfg.Gates.Validate(); err != nil {
		return outcome.Usagef("compare: %w", err)
	}
	all := make([]*reports.Report, len(paths))
	for i, path := range paths {
		if all[i], err = readReport(path); err != nil {
			return err
		}
	}
	doc, err := acdeploy.Compare(all, cfg.Gates.Latency)
	if a.quiet && !a.asJSON {
		return err
	}
	return errors.Join(as.Write(a.briefSink(), doc), err)
}
