package cli

import (
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/acdeploy/acdeploy/internal/osfile"
	"github.com/acdeploy/acdeploy/reports"
)

func newTrendCmd(a *app) *cobra.Command {
	var format string
	cmd := &cobra.Command{
		Use:   "trend DIR",
		Short: "show how latencies change from report to report",
		Long: `Show how latencies change from report to report. All files report.json and report-*.json in DIR and the
folders in it are read and ordered by their time. Each fused model on each engine and device is a line.

A change is marked where the interval of the ratio to the baseline lies outside the margin around the level of
the reports before. A file that cannot be read is named and left out.`,
		Args: arguments(1, 1, "one folder of reports"),
		RunE: func(_ *cobra.Command, args []string) error { return a.trend(args[0], format) },
	}
	a.addFormat(cmd, &format)
	a.addJSON(cmd)
	return cmd
}

func (a *app) trend(dir, format string) error {
	as, err := a.format(format)
	if err != nil {
		return err
	}
	if dir, err = expand(dir); err != nil {
		return err
	}
	all, left, err := reportsIn(dir)
	if err != nil {
		return err
	}
	if len(all) == 0 {
		return fmt.Errorf("trend: there is no report that can be read in %s%s", dir, because(left))
	}
	if a.quiet && !a.asJSON {
		return nil
	}
	return as.Write(a.briefSink(), reports.NewTrend(all, left))
}

// because tells of the first file that was left out.
func because(left []reports.LeftOut) string {
	if len(left) == 0 {
		return ""
	}
	return ": " + left[0].Reason
}

// reportsIn reads the reports in a folder and in those below it.
func reportsIn(dir string) (all []*reports.Report, left []reports.LeftOut, err error) {
	err = filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return fmt.Errorf("read reports in %s: %w", dir, osfile.Cause(err))
		case !entry.Type().IsRegular() || !isReport(entry.Name()):
			return nil
		}
		r, err := reports.Read(path)
		if err != nil {
			left = append(left, reports.LeftOut{Report: path, Reason: err.Error()})
			return nil
		}
		all = append(all, r)
		return nil
	})
	return all, left, err
}

// isReport reports whether a file has the name of a report, or of one that was moved aside.
func isReport(name string) bool {
	return name == reports.FileName || strings.HasPrefix(name, "report-") && strings.HasSuffix(name, ".json")
}
