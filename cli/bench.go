package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"github.com/acdeploy/acdeploy"
	"github.com/acdeploy/acdeploy/bench/judge"
	"github.com/acdeploy/acdeploy/internal/osfile"
	"github.com/acdeploy/acdeploy/internal/outcome"
	"github.com/acdeploy/acdeploy/reports"
)

func newBenchCmd(a *app) *cobra.Command {
	var config *string
	var into benchOptions
	cmd := &cobra.Command{
		Use:   "bench BASELINE CANDIDATE...",
		Short: "measure whether models are as fast as a baseline",
		Long: `Measure whether candidates are as fast as a baseline model.

All models are opened in one fresh process and run in turns, one inference each, so a change in the
speed of the machine affects all of them. Such a process is called a unit, and a measurement has several.
For each candidate, an equivalence test over the units gives a verdict: equivalent, faster, slower, or
not_shown if the measurement cannot tell. The verdict is invalid if a check of the measurement itself fails.
One such check compares the baseline with a second copy of itself.

Every candidate must be equivalent or faster. Otherwise the exit code is 4.

With --report, what was measured is kept in a folder as acdeploy run keeps it: report.json, a page for people
and the other formats that the configuration asks for.`,
		Args: arguments(2, -1, "a baseline and candidates"),
		RunE: func(cmd *cobra.Command, args []string) error { return a.bench(cmd, args, *config, into) },
	}
	cmd.Flags().Var(pathValue{&into.trained}, "as-trained", "model with its branches; it is measured and shown, but not judged")
	cmd.Flags().Var(pathValue{&into.report}, "report", "folder into which report.json and the page report.html are written (default none)")
	config = configFlag(cmd)
	benchSettings(cmd)
	engineSettings(cmd)
	setting(cmd, "bench.seed", "seed", "number")
	dataSettings(cmd)
	a.addResume(cmd)
	a.addProvider(cmd)
	a.addLibrary(cmd)
	a.addJSON(cmd)
	return cmd
}

// benchOptions are what the flags say beside the configuration.
type benchOptions struct {
	trained string // model with its branches; "" for none
	report  string // folder of the report; "" for none
}

func (a *app) bench(cmd *cobra.Command, args []string, config string, how benchOptions) error {
	file, err := given(config)
	if err != nil {
		return err
	}
	for i := range args {
		if args[i], err = expand(args[i]); err != nil {
			return err
		}
	}
	cfg, err := a.settings(cmd, file)
	cfg.Model, cfg.Report = args[0], cmp.Or(how.report, cfg.Report)
	var job *acdeploy.Job
	if err == nil {
		job, err = acdeploy.NewJob(cfg, a.tools, a.runSettings())
	}
	open := func() (acdeploy.Arms, error) { return acdeploy.OpenArms(args[0], args[1:], how.trained) }
	switch {
	case err != nil && how.report != "":
		return a.tools.Refuse(cfg, err)
	case err != nil:
		return err
	case how.report != "":
		return a.benchReport(cmd.Context(), job, cfg.Report, open)
	}
	if a.units = journal(args[0], how.trained, args[1:]); a.units == "" && a.resume {
		return outcome.Usagef("bench: there is no folder to resume from: set XDG_CACHE_HOME or HOME")
	}
	return a.benchAlone(cmd.Context(), job, cfg.Gates, open)
}

// benchReport measures, and keeps a report.
func (a *app) benchReport(ctx context.Context, job *acdeploy.Job, dir string, open func() (acdeploy.Arms, error)) error {
	a.units = reports.UnitsPath(dir)
	report, err := job.BenchReport(ctx, open, a.progress.observe)
	a.progress.clear()
	switch {
	case report == nil:
		return err
	case a.asJSON:
		return errors.Join(err, a.document(report))
	case !a.quiet && len(report.Settings)+len(report.Skipped) > 0: // otherwise the error says it all
		return errors.Join(err, a.brief(report))
	}
	return err
}

// benchAlone measures, and prints what comes of it.
func (a *app) benchAlone(ctx context.Context, job *acdeploy.Job, gates judge.Gates, open func() (acdeploy.Arms, error)) (err error) {
	arms, err := open()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, arms.Close()) }()
	measured, err := job.Bench(ctx, arms, a.units, a.progress.observe)
	a.units = measured.Kept()
	if len(measured.Result.Settings)+len(measured.Result.Skipped) == 0 {
		return err // nothing to show
	}
	a.progress.clear()
	judged := measured.Judge(gates)
	switch {
	case a.asJSON:
		report, failed := job.Report(measured, errors.Join(err, judged))
		err = errors.Join(err, failed, a.document(report))
	case !a.quiet:
		err = errors.Join(err, a.brief(reports.New(nil, nil, measured.Result)))
	}
	if err == nil {
		err = measured.Discard()
	}
	return errors.Join(err, judged)
}

// addResume gives a command that measures the flag to go on after an interruption.
func (a *app) addResume(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&a.resume, "resume", false, "continue a measurement of the same models and options that was interrupted")
}

// journal is where the units of a measurement of these models are kept, in the user's cache; "" where there
// is none.
func journal(baseline, trained string, candidates []string) string {
	cache, err := os.UserCacheDir()
	if err != nil {
		return ""
	}
	var models []byte
	for _, path := range slices.Concat([]string{baseline, trained}, candidates) {
		if whole, err := filepath.Abs(path); err == nil && path != "" {
			path = whole
		}
		models = fmt.Appendf(models, "%q\n", path)
	}
	return filepath.Join(cache, "acdeploy", "units", osfile.SHA256Bytes(models)[:16]+".jsonl")
}
