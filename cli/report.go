package cli

import (
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/acdeploy/acdeploy/reports"
)

func newReportCmd(a *app) *cobra.Command {
	var name string
	cmd := &cobra.Command{
		Use:   "report REPORT",
		Short: "show a report in another format",
		Long:  "Show a report in another format. REPORT is a report.json or the directory that holds one.",
		Args:  arguments(1, 1, "one report"),
		RunE: func(_ *cobra.Command, args []string) error {
			if a.asJSON {
				name = "json"
			}
			format, err := reports.FindFormat(reports.Formats(a.plain()), name)
			if err != nil {
				return usagef("%w", err)
			}
			r, err := readReport(args[0])
			if err != nil {
				return err
			}
			return format.Write(a.out, r)
		},
	}
	cmd.Flags().StringVar(&name, "format", "table", "table, markdown or json")
	a.addJSON(cmd)
	return cmd
}

// readReport reads a report, or the one in a directory.
func readReport(path string) (*reports.Report, error) {
	path, err := expand(path)
	if err != nil {
		return nil, err
	}
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		path = filepath.Join(path, reports.FileName)
	}
	return reports.Read(path)
}

func newCompareCmd(a *app) *cobra.Command {
	var format string
	cmd := &cobra.Command{
		Use:   "compare REPORT REPORT",
		Short: "compare the latencies of two reports",
		Long: `Compare the latencies of two reports, arm by arm, and say in what the machines and settings differ. The
measurements were made apart, so the ratios are indicative; acdeploy bench measures side by side.`,
		Args: arguments(2, 2, "two reports"),
		RunE: func(_ *cobra.Command, args []string) error {
			first, err := readReport(args[0])
			if err != nil {
				return err
			}
			second, err := readReport(args[1])
			if err != nil {
				return err
			}
			doc := reports.NewCompare(first, second)
			if a.asJSON {
				return a.document(doc)
			}
			if _, err := reports.FindFormat(reports.Formats(a.plain()), format); err != nil {
				return usagef("%w", err)
			}
			return doc.Write(a.out, format, a.plain())
		},
	}
	cmd.Flags().StringVar(&format, "format", "table", "table, markdown or json")
	a.addJSON(cmd)
	return cmd
}
