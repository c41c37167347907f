// Command custompass is acdeploy with two more passes. It copies cmd/acdeploy and adds their entries to
// the catalog; it may be in a module of its own.
//
//	go run ./examples/custompass fuse model.onnx -o fused.onnx
package main

import (
	"os"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/backends/ort"
	"github.com/acdeploy/acdeploy/backends/reference"
	"github.com/acdeploy/acdeploy/catalog"
	"github.com/acdeploy/acdeploy/cli"
	"github.com/acdeploy/acdeploy/passes"
	"github.com/acdeploy/acdeploy/pipeline"
	"github.com/acdeploy/acdeploy/reports/formats"
)

func main() {
	os.Exit(cli.Main(cli.Toolbox{
		Passes: append(passes.Catalog(), catalog.Entry[pipeline.Pass]{
			Name: "eliminate_double_relu",
			Doc:  "removes a Relu after a Relu",
			New:  func() pipeline.Pass { return &EliminateDoubleRelu{} },
		}, catalog.Entry[pipeline.Pass]{
			Name: "cut_head",
			Doc:  cutHeadDoc,
			New:  func() pipeline.Pass { return &CutHead{} },
		}),
		Backends: catalog.Catalog[backends.Backend]{ort.Entry(), reference.Entry()},
		Formats:  formats.Catalog(),
		Exact:    cli.Exact(reference.OpenPartly),
		Probe:    ort.Probe,
	}))
}
