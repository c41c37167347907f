package cli

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"slices"

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
	setting(cmd, "bench.seed", "seed", "number")
	a.addResume(cmd)
	a.addProvider(cmd)
	a.addLibrary(cmd)
	a.addJSON(cmd)
	return cmd
}

func (a *app) bench(cmd *cobra.Command, args []string, trained, config string) (err error) {
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
	job, err := acdeploy.NewJob(cfg, a.tools, a.runSettings())
	if err != nil {
		return err
	}
	if a.units = journal(args[0], trained, args[1:]); a.units == "" && a.resume {
		return usagef("bench: there is no folder to resume from: set XDG_CACHE_HOME or HOME")
	}
	arms, err := acdeploy.OpenArms(args[0], args[1:], trained)
	if err != nil {
		return err
	}
	defer func() { err = joinErrors(err, arms.Close()) }()
	measured, err := job.Bench(cmd.Context(), arms, a.units, a.progress.observe)
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
	if err == nil {
		err = measured.Discard()
	}
	return joinErrors(err, measured.Judge(cfg.Gates))
}

// addResume gives a command that measures the flag to go on after an interruption.
func (a *app) addResume(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&a.resume, "resume", false, "go on with the units that an interrupted measurement of the same left")
}

// journal is where the units of a measurement of these models are kept, in the user's cache; "" where there
// is none.
func journal(baseline, trained string, candidates []string) string {
	cache, err := os.UserCacheDir()
	if err != nil {
		return ""
	}
	h := sha256.New()
	for _, path := range slices.Concat([]string{baseline, trained}, candidates) {
		if whole, err := filepath.Abs(path); err == nil && path != "" {
			path = whole
		}
		_, _ = fmt.Fprintf(h, "%q\n", path) // a digest takes anything
	}
	return filepath.Join(cache, "acdeploy", "units", hex.EncodeToString(h.Sum(nil)[:8])+".jsonl")
}
