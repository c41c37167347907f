package cli

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/acdeploy/acdeploy"
	"github.com/acdeploy/acdeploy/internal/outcome"
	"github.com/acdeploy/acdeploy/model"
	"github.com/acdeploy/acdeploy/reports/diff"
)

func newDiffCmd(a *app) *cobra.Command {
	var format string
	var config *string
	cmd := &cobra.Command{
		Use:   "diff MODEL MODEL",
		Short: "say what became of a model in another one",
		Long: `Say what became of the first model in the second: which blocks were merged and into which node, which nodes are gone
or new, which initializers changed and by how much, and what is different of the inputs and outputs and of the metadata.

If the passes make the second model of the first, number by number, they tell what became of each node. Otherwise values of
one name are taken for the same. If the second model was made with options such as --disable, give the same ones here.

	acdeploy diff model.onnx fused.onnx
	acdeploy diff model.onnx fused.onnx --format html > diff.html

Nothing is run, and no program that is a pass is started. Whether the answers are the same is what acdeploy verify
says.`,
		Args: arguments(2, 2, "two models"),
		RunE: func(cmd *cobra.Command, args []string) error { return a.diff(cmd, args, format, *config) },
	}
	config = configFlag(cmd)
	fuseSettings(cmd)
	cmd.Flags().StringVar(&format, "format", tableName, "format of the output: "+either(diffFormats()))
	a.addJSON(cmd)
	return cmd
}

// diffFormats are those that show any document; the others are of measurements.
func diffFormats() []string { return []string{tableName, "markdown", "html", "json"} }

func (a *app) diff(cmd *cobra.Command, args []string, format, config string) (err error) {
	a.progress.delay(time.Second)
	if !slices.Contains(diffFormats(), a.formats.Canonical(format)) {
		return outcome.Usagef("diff: --format is %q; it is %s", format, either(diffFormats()))
	}
	as, err := a.format(format)
	if err != nil {
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
	paths := [2]string{}
	for i := range paths {
		if paths[i], err = expand(args[i]); err != nil {
			return err
		}
	}
	cfg.Model = paths[0]
	job, err := acdeploy.NewJob(cfg, a.tools, a.runSettings())
	if err != nil {
		return err
	}
	a.progress.observe(acdeploy.Event{Stage: "diff"})
	doc, err := a.compareModels(cmd.Context(), job, paths)
	a.progress.clear()
	if err != nil {
		return err
	}
	if a.asJSON {
		return a.document(doc)
	}
	return as.Write(a.sink(), doc)
}

func (a *app) compareModels(ctx context.Context, job *acdeploy.Job, paths [2]string) (d *diff.Diff, err error) {
	var files [2]*model.File
	for i, path := range paths {
		f, err := model.OpenOn(ctx, path)
		if err != nil {
			return nil, err
		}
		files[i] = f
		defer func() { err = errors.Join(err, f.Close()) }()
	}
	err = model.Do(func() error {
		made, known, err := job.Made(ctx, files[0], files[1])
		if err != nil {
			return err
		}
		if d, err = diff.New(files[0], files[1], made, known); err == nil && !known {
			d.NotStarted = append(d.NotStarted, job.Programs()...)
		}
		return err
	})
	return d, err
}
