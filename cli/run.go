package cli

import (
	"cmp"
	"errors"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/acdeploy/acdeploy"
	"github.com/acdeploy/acdeploy/configs"
	"github.com/acdeploy/acdeploy/internal/human"
	"github.com/acdeploy/acdeploy/internal/outcome"
	"github.com/acdeploy/acdeploy/reports"
)

func newRunCmd(a *app) *cobra.Command {
	var config *string
	var how runOptions
	cmd := &cobra.Command{
		Use:   "run [CONFIG]",
		Short: "do the main job: fuse, verify, measure, report",
		Long: `Do the main job as a configuration says: rewrite the model, prove that its answers did not change, measure
its latency against the baseline, and keep all of it in a report.

Without a CONFIG, ACDEPLOY_CONFIG, ./acdeploy.yaml and config.yaml in the user's and the system's
configuration folder are tried. Flags win over ACDEPLOY_* variables, and those over the file.

An ./acdeploy.yaml that is found so may not name programs, libraries or folders of built engines: it may
have come with files of somebody else. Name it, or give --trust-config.`,
		Args: arguments(0, 1, "one configuration"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 {
				if *config != "" {
					return outcome.Usagef("%s: the configuration is named twice, %s and %s; name one", name(cmd), args[0], *config)
				}
				path, err := expand(args[0])
				if err != nil {
					return err
				}
				*config = path
			}
			return a.run(cmd, *config, how)
		},
	}
	config = configFlag(cmd)
	cmd.Flags().BoolVar(&how.dry, "dry-run", false, "say what would be done, where and for how long, and write nothing")
	cmd.Flags().BoolVar(&how.trust, trustFlag, false, "let an ./acdeploy.yaml that is found name what is executed")
	setting(cmd, "model", "model", "path")
	setting(cmd, "baseline", "baseline", "path")
	setting(cmd, "output", "output", "path")
	setting(cmd, "report", "report", "path")
	fuseSettings(cmd)
	requireSettings(cmd)
	setting(cmd, "gates.proof", "require-proof", "proof")
	setting(cmd, "verify.data.path", "data", "path")
	benchSettings(cmd)
	engineSettings(cmd)
	a.addResume(cmd)
	a.addProvider(cmd)
	a.addDataFile(cmd)
	a.addLibrary(cmd)
	a.addJSON(cmd)
	return cmd
}

const trustFlag = "trust-config"

// runOptions are what the flags say of one run beside its configuration.
type runOptions struct{ trust, dry bool }

func (a *app) run(cmd *cobra.Command, config string, how runOptions) error {
	file, found, err := search(config)
	if err != nil {
		return err
	}
	if strings.EqualFold(filepath.Ext(file), ".onnx") {
		return outcome.Usagef("run: %s looks like a model, not a configuration; acdeploy fuse %s -o OUTPUT runs the passes, acdeploy run --model %s the whole job", file, human.ShellWord(file), human.ShellWord(file))
	}
	if found {
		a.log.Info("no configuration is named, so this one is obeyed", "config", file)
	}
	cfg, err := a.settings(cmd, file)
	if file == "" && err == nil && cfg.Model == "" {
		return outcome.Usagef("run: there is no configuration, neither named nor ./acdeploy.yaml; acdeploy init writes one")
	}
	if found && !how.trust {
		if why := distrust(cfg, file, a.tools.Known()); why != nil {
			return how.refuse(a.tools, cfg, why)
		}
	}
	if err != nil {
		return how.refuse(a.tools, cfg, err)
	}
	if err := a.checkDataFile(cmd, cmp.Or(cfg.Output, "fused.onnx")); err != nil {
		return err
	}
	if how.dry {
		return a.plan(cmd, cfg)
	}
	a.units = reports.UnitsPath(cfg.Report)
	report, err := acdeploy.Run(cmd.Context(), cfg, a.tools, a.runSettings(), a.progress.observe)
	a.progress.clear()
	if report == nil {
		return err
	}
	if a.asJSON {
		return errors.Join(err, a.document(report))
	}
	if !a.quiet && report.Fuse != nil { // otherwise the error says it all
		err = errors.Join(err, a.brief(report))
	}
	return err
}

// refuse is the error of a configuration that cannot be run. A dry run leaves the report of an earlier run where it is.
func (o runOptions) refuse(tools acdeploy.Toolbox, cfg configs.Config, why error) error {
	if o.dry {
		return why
	}
	return tools.Refuse(cfg, why)
}
