package formats

import "github.com/acdeploy/acdeploy/reports"

// jsonFormat is for programs: it leaves nothing out.
type jsonFormat struct{}

// File implements [reports.Filer].
func (jsonFormat) File() string { return reports.FileName }

// Write implements [reports.Format].
func (jsonFormat) Write(to reports.Output, doc reports.Document) error { return reports.JSON(to, doc) }
