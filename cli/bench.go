package cli

import (
	"github.com/spf13/cobra"

	"github.com/acdeploy/acdeploy"
	"github.com/acdeploy/acdeploy/reports"
)

func newBenchCmd(a *app) *cobra.Command {
	var config *string
	var trained string
	cmd := &cobra.Command{
		Use:   "bench BASELINE CANDIDATE...",
		Short: "measure whether models are as fast as a baseline",
		Long: `Measure the latency of candidates against a baseline, interleaved run by run in fresh processes, and
decide by an equivalence test. Every candidate has to be equivalent or faster, or the exit code is 4.`,
		Args: arguments(2, -1, "a baseline and candidates"),
		RunE: func(cmd *cobra.Command, args []string) error { return a.bench(cmd, args, trained, *config) },
	}
	cmd.Flags().Var(pathValue{&trained}, "as-trained", "model that is shown beside the others and never judged")
	config = configFlag(cmd)
	benchSettings(cmd)
	engineSettings(cmd)
	setting(cmd, "bench.seed", "seed", "number", "decides inputs and orders (default 1)")
	a.addLibrary(cmd)
	a.addJSON(cmd)
	return cmd
}

func (a *app) bench(cmd *cobra.Command, args []string, trained, config string) error {
	file, err := given(config)
	if err != nil {
		return err
	}
	cfg, err := a.settings(cmd, file)
	if err != nil {
		return err
	}
	for i := range args {
		if args[i], err = expand(args[i]); err != nil {
			return err
		}
	}
	cfg.Model = args[0]
	if err := cfg.Validate(a.tools.Known()); err != nil {
		return err
	}
	engines, err := a.tools.Engines(cfg)
	if err != nil {
		return err
	}
	arms := acdeploy.Arms{Baseline: args[0], Candidates: args[1:], AsTrained: trained}
	plan := acdeploy.BenchPlan{Options: cfg.Measurement(), Engines: engines}
	measured, err := a.tools.Bench(cmd.Context(), arms, plan, a.progress.observe)
	if len(measured.Result.Settings)+len(measured.Result.Skipped) == 0 {
		return err // nothing to show
	}
	a.progress.clear()
	switch {
	case a.asJSON:
		err = joinErrors(err, a.document(measured.Result))
	case !a.quiet:
		err = joinErrors(err, a.table(reports.New(nil, nil, measured.Result)))
	}
	return joinErrors(err, measured.Judge(cfg.Gates))
}
