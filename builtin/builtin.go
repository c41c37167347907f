// Package builtin is what acdeploy itself is built with. A program of one's own starts from that list, adds to it, and is
// acdeploy with something more:
//
//	tools := builtin.Toolbox()
//	tools.Passes = append(tools.Passes, entry())
//	os.Exit(cli.Main(tools))
package builtin

import (
	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/backends/ort"
	"github.com/acdeploy/acdeploy/backends/reference"
	"github.com/acdeploy/acdeploy/backends/tensorrt"
	"github.com/acdeploy/acdeploy/catalog"
	"github.com/acdeploy/acdeploy/cli"
	"github.com/acdeploy/acdeploy/passes"
	"github.com/acdeploy/acdeploy/passes/external"
	"github.com/acdeploy/acdeploy/reports/formats"
)

// Toolbox lists the passes in the order in which they run, the engines and the forms of reports. Each call makes a new one.
func Toolbox() cli.Toolbox {
	return cli.Toolbox{
		Passes: append(passes.Catalog(), external.Entry()),
		Backends: catalog.Catalog[backends.Backend]{
			ort.Entry(),
			tensorrt.Entry(),
			reference.Entry(),
		},
		Formats: formats.Catalog(),
		Exact:   cli.Exact(reference.OpenPartly),
		Probe:   ort.Probe,
	}
}
