// Command acdeploy is acdeploy with the engine template_backend.
package main

import (
	"os"

	"github.com/acdeploy/acdeploy/builtin"
	"github.com/acdeploy/acdeploy/cli"
	own "github.com/acdeploy/acdeploy/internal/scaffold/backend"
)

func main() {
	tools := builtin.Toolbox()
	tools.Backends = append(tools.Backends, own.Entry())
	os.Exit(cli.Main(tools))
}
