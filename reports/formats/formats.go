// Package formats is the forms in which a report can be written, one file each, and the list of them.
package formats

import (
	"math"
	"strconv"

	"github.com/acdeploy/acdeploy/catalog"
	"github.com/acdeploy/acdeploy/reports"
	"github.com/acdeploy/acdeploy/reports/html"
)

// Catalog lists the formats that come with acdeploy, the default first.
func Catalog() catalog.Catalog[reports.Format] {
	return catalog.Catalog[reports.Format]{
		{Name: "table", Doc: "for a terminal", New: func() reports.Format { return &tableFormat{} }},
		{Name: "markdown", Aliases: []string{"md"}, Doc: "for a page or the summary of a build", New: func() reports.Format { return &markdownFormat{} }},
		{Name: "html", Doc: "a page with pictures, in one file", New: func() reports.Format { return html.Format{} }},
		{Name: "json", Doc: "complete, with every raw sample", New: func() reports.Format { return &jsonFormat{} }},
		{Name: "csv", Doc: "every timed run as a row, for statistics programs", New: func() reports.Format { return &csvFormat{} }},
		{Name: "junit", Doc: "a test case per check and gate, for programs that build software", New: func() reports.Format { return &junitFormat{} }},
		{Name: "gobench", Doc: "the lines of Go's benchmarks, for benchstat", New: func() reports.Format { return &gobenchFormat{} }},
		{Name: "github", Doc: "annotations and the summary of a job, for GitHub Actions", New: func() reports.Format { return &githubFormat{} }},
		{Name: "bmf", Doc: "the Bencher Metric Format, with intervals", New: func() reports.Format { return &bmfFormat{} }},
		{Name: "openmetrics", Doc: "for monitoring, such as Prometheus", New: func() reports.Format { return &openmetricsFormat{} }},
		{Name: "modelexplorer", Doc: "what became of each node, for Google's Model Explorer", New: func() reports.Format { return &modelexplorerFormat{} }},
	}
}

// plainNumber writes a number so that it is read back as the same; NaN for one that is not finite.
func plainNumber(v float64) string {
	if math.IsInf(v, 0) {
		v = math.NaN()
	}
	return strconv.FormatFloat(v, 'g', -1, 64)
}
