package cli

import (
	"context"
	"errors"
	"time"

	"github.com/spf13/cobra"

	"github.com/acdeploy/acdeploy"
	"github.com/acdeploy/acdeploy/configs"
	"github.com/acdeploy/acdeploy/reports"
)

func newVerifyCmd(a *app) *cobra.Command {
	var config *string
	cmd := &cobra.Command{
		Use:   "verify MODEL FUSED",
		Short: "decide whether two models give the same answers",
		Long: `Decide whether two models give the same answers.

The first check needs no engine. If the passes make the second file of the first, number by number, each
part of the graph that was rewritten runs by itself in float64, before and after, from the same inputs.
Initializers are not rounded. If all results agree, the proof is "algebra". A part that float64 cannot run
is named, and the proof is "partial". If the passes do not make the second file, the outputs are only
shown to differ by no more than rounding explains ("rounding_only"). If the second file was made with
options such as --disable, give the same ones here.

Then both files run on the engines that are there. The error of an engine is its distance from a float64
run of the same file. With the second file it may reach what rounding explains, or four times its error
with the first file.

Exit code 3 says that the answers differ. --require-proof makes a weaker proof exit code 4.`,
		Args: arguments(2, 2, "two models"),
		RunE: func(cmd *cobra.Command, args []string) error { return a.verify(cmd, args, *config) },
	}
	config = configFlag(cmd)
	verifySettings(cmd)
	fuseSettings(cmd)
	engineSettings(cmd)
	a.addProvider(cmd)
	a.addThreads(cmd)
	a.addLibrary(cmd)
	a.addJSON(cmd)
	return cmd
}

func (a *app) verify(cmd *cobra.Command, args []string, config string) error {
	a.progress.delay(time.Second)
	if err := a.checkThreads(cmd); err != nil {
		return err
	}
	file, err := given(config)
	if err != nil {
		return err
	}
	cfg, err := a.settings(cmd, file)
	if err != nil {
		return err
	}
	before, err := expand(args[0])
	if err != nil {
		return err
	}
	after, err := expand(args[1])
	if err != nil {
		return err
	}
	cfg.Model = before
	job, err := acdeploy.NewJob(cfg, a.tools, a.runSettings())
	if err != nil {
		return err
	}
	a.progress.observe(acdeploy.Event{Stage: acdeploy.StageVerify}) // the passes over a large model take long, too
	pair, err := job.OpenPair(cmd.Context(), before, after)
	if err != nil {
		return err
	}
	found, err := job.Verify(cmd.Context(), pair, a.progress.observe)
	err = errors.Join(err, pair.Close())
	a.progress.clear()
	if found == nil {
		return err
	}
	doc := found.Document()
	if err == nil {
		err = errors.Join(found.Judge(), a.namedButAbsent(cmd.Context(), cfg))
	}
	if a.asJSON {
		return errors.Join(err, a.document(doc))
	}
	if !a.quiet {
		a.printVerify(doc)
	}
	return err
}

func (a *app) printVerify(doc *reports.Verify) {
	_ = a.table(reports.New(nil, doc, nil)) // a write error on standard output has nowhere to go
}

// namedButAbsent is the error for an engine that a variable names and that cannot be used. Who names engines with --backend asks for
// those alone.
func (a *app) namedButAbsent(ctx context.Context, cfg configs.Config) error {
	if a.named {
		return nil
	}
	return a.tools.NamedButAbsent(ctx, cfg)
}
