// Command custompass is acdeploy with one more pass. It is a module of its own: copy this folder, and say in go.mod where
// acdeploy is.
//
//	go run . fuse model.onnx -o features.onnx --passes '[{cut_head: {outputs: [features]}}, remove_unused]'
package main

import (
	"os"

	"github.com/acdeploy/acdeploy/builtin"
	"github.com/acdeploy/acdeploy/cli"
)

func main() {
	tools := builtin.Toolbox()
	tools.Passes = append(tools.Passes, cutHead())
	os.Exit(cli.Main(tools))
}
