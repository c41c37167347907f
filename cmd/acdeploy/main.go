package main

import (
	"os"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/backends/ort"
	"github.com/acdeploy/acdeploy/backends/reference"
	"github.com/acdeploy/acdeploy/backends/tensorrt"
	"github.com/acdeploy/acdeploy/catalog"
	"github.com/acdeploy/acdeploy/cli"
	"github.com/acdeploy/acdeploy/passes"
	"github.com/acdeploy/acdeploy/reports/formats"
)

func main() { os.Exit(cli.Main(toolbox())) }

// toolbox lists what this program is built with. A program with other passes, engines or
// report formats copies this file.
func toolbox() cli.Toolbox {
	return cli.Toolbox{
		Passes: passes.Catalog(),
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
