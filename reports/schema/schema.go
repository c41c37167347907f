// Package schema holds the JSON Schema of report.json. Its tests make it of the Go types and their comments, and write docs/report.md
// from the same source.
package schema

import _ "embed" // of the schema

// ID names the schema of version 1.
const ID = "https://github.com/acdeploy/acdeploy/schemas/report-v1.json"

//go:embed report-v1.json
var report string

// Report is the JSON Schema, draft 2020-12, of report.json.
func Report() string { return report }
