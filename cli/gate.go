package cli

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/acdeploy/acdeploy"
	"github.com/acdeploy/acdeploy/configs"
	"github.com/acdeploy/acdeploy/reports"
)

func newGateCmd(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "gate REPORT [CONFIG]",
		Short: "judge a report by gates, without measuring anew",
		Long: `Judge a report by gates: those of the configuration in the report, or those of CONFIG. Nothing is measured and
no model is read. The exit code is the one that acdeploy run would end with.

CONFIG may ask for another margin, another proof, or engines that are required; the times and the answers in
the report are judged by that. REPORT is a report.json, or the directory that contains one. It stays as it is.
A run that was killed, or is not over yet, never passes.`,
		Args: arguments(1, 2, "one report, and a configuration if it is another one than the report's"),
		RunE: func(cmd *cobra.Command, args []string) error { return a.gate(cmd, args) },
	}
	a.addJSON(cmd)
	return cmd
}

func (a *app) gate(cmd *cobra.Command, args []string) error {
	r, err := readRun(args[0])
	if err != nil {
		return err
	}
	cfg, err := a.gatesOf(cmd, r, args[1:])
	if err != nil {
		return err
	}
	err = acdeploy.Gate(r, cfg)
	switch {
	case a.asJSON:
		return errors.Join(err, a.document(r.Conclusion))
	case !a.quiet:
		return errors.Join(err, a.brief(r))
	}
	return err
}

// readRun reads the report of a run, or what is in the directory of one: with the units that it had measured when it was killed.
func readRun(path string) (*reports.Report, error) {
	r, err := readReport(path)
	if err != nil || !r.Unfinished() {
		return r, err
	}
	return readPart(path)
}

// gatesOf is the configuration that is named, or else that of the report.
func (a *app) gatesOf(cmd *cobra.Command, r *reports.Report, named []string) (configs.Config, error) {
	if len(named) == 1 {
		path, err := expand(named[0])
		if err != nil {
			return configs.Config{}, err
		}
		return a.settings(cmd, path)
	}
	if string(r.Config) == "null" {
		return configs.Defaults(), nil
	}
	cfg, err := configs.Parse(r.Path, r.Config, a.tools.Known())
	if err != nil {
		return cfg, fmt.Errorf("read the configuration in the report: %w; name one", err)
	}
	return cfg, nil
}
