// Package formats is the forms in which a report can be written, one file each, and the list of them.
package formats

import (
	"github.com/acdeploy/acdeploy/catalog"
	"github.com/acdeploy/acdeploy/reports"
)

// Catalog lists the formats that come with acdeploy, the default first.
func Catalog() catalog.Catalog[reports.Format] {
	return catalog.Catalog[reports.Format]{
		{Name: "table", Doc: "for a terminal", New: func() reports.Format { return &tableFormat{} }},
		{Name: "markdown", Doc: "for a page or the summary of a build", New: func() reports.Format { return &markdownFormat{} }},
		{Name: "json", Doc: "complete, with every raw sample", New: func() reports.Format { return &jsonFormat{} }},
		{Name: "csv", Doc: "every timed run as a row, for statistics programs", New: func() reports.Format { return &csvFormat{} }},
		{Name: "junit", Doc: "a test case per check and gate, for programs that build software", New: func() reports.Format { return &junitFormat{} }},
	}
}
