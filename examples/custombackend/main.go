// Command custombackend is acdeploy with one more engine: a program that is started for each inference. It copies
// cmd/acdeploy and adds an entry to the list of engines; it may be in a module of its own.
//
//	go run ./examples/custombackend verify a.onnx b.onnx --backends '{command: {command: [python3, infer.py]}}'
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

func main() {
	os.Exit(cli.Main(cli.Toolbox{
		Passes: passes.Catalog(),
		Backends: catalog.Catalog[backends.Backend]{
			ort.Entry(),
			tensorrt.Entry(),
			reference.Entry(),
			{Name: "command", Doc: commandDoc, New: func() backends.Backend { return &Command{} }},
		},
		Formats: formats.Catalog(),
		Exact:   cli.Exact(reference.OpenPartly),
		Probe:   ort.Probe,
	}))
}
