// Command custombackend is acdeploy with one more engine: a program that is started for each inference. It is a module of
// its own: copy this folder, and say in go.mod where acdeploy is. The program infer.py runs ONNX Runtime in Python.
//
//	go run . verify a.onnx b.onnx --backend '[{command: {command: [python3, infer.py]}}]'
package main

import (
	"os"

	"github.com/acdeploy/acdeploy/builtin"
	"github.com/acdeploy/acdeploy/cli"
)

func main() {
	tools := builtin.Toolbox()
	tools.Backends = append(tools.Backends, command())
	os.Exit(cli.Main(tools))
}
