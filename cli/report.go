package cli

import (
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/acdeploy/acdeploy/internal/outcome"
	"github.com/acdeploy/acdeploy/reports"
	"github.com/acdeploy/acdeploy/reports/schema"
)

func newReportCmd(a *app) *cobra.Command {
	var name string
	var asSchema, asConfig bool
	cmd := &cobra.Command{
		Use:   "report REPORT",
		Short: "show a report in another format",
		Long: `Show a report in another format. REPORT is a report.json, or the directory that contains one. It may also be
what acdeploy fuse, verify or bench print with --json.

The format github writes annotations to standard output, where the runner of GitHub Actions reads them. The
summary of the job goes to the end of the file that GITHUB_STEP_SUMMARY names, or follows the annotations where
that is not set.`,
		Args: func(cmd *cobra.Command, args []string) error {
			if asSchema {
				return arguments(0, 0, "no report beside --schema")(cmd, args)
			}
			return arguments(1, 1, "one report")(cmd, args)
		},
		RunE: func(_ *cobra.Command, args []string) error {
			if asSchema {
				a.print(schema.Report())
				return nil
			}
			format, err := a.format(name)
			if err != nil {
				return err
			}
			r, err := readPart(args[0])
			if err != nil {
				return err
			}
			if asConfig {
				return a.configOf(r)
			}
			return format.Write(a.sink(), r)
		},
	}
	cmd.Flags().BoolVar(&asSchema, "schema", false, "print the JSON Schema of report.json instead")
	cmd.Flags().BoolVar(&asConfig, "as-config", false, "print the configuration of the run instead, with which acdeploy run repeats it")
	a.addFormat(cmd, &name)
	a.addJSON(cmd)
	return cmd
}

// configOf prints the configuration in a report. JSON is YAML as well.
func (a *app) configOf(r *reports.Report) error {
	if string(r.Config) == "null" {
		return outcome.Usagef("report: %s has no configuration: acdeploy run and acdeploy bench --report keep theirs", r.Path)
	}
	return a.document(r.Config)
}

// readPart reads a report or a part of one, or what is in a directory: also what a run had when it was killed.
func readPart(path string) (*reports.Report, error) {
	path, err := expand(path)
	if err != nil {
		return nil, err
	}
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return reports.ReadFolder(path)
	}
	return reports.ReadPart(path)
}

// readReport reads a report, or the one in a directory.
func readReport(path string) (*reports.Report, error) {
	path, err := reportPath(path)
	if err != nil {
		return nil, err
	}
	return reports.Read(path)
}

// reportPath is a path with its home, or that of the report in a directory.
func reportPath(path string) (string, error) {
	path, err := expand(path)
	if err != nil {
		return "", err
	}
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		path = filepath.Join(path, reports.FileName)
	}
	return path, nil
}
