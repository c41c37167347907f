// Command acdeploy is acdeploy with the pass template_pass.
package main

import (
	"os"

	"github.com/acdeploy/acdeploy/builtin"
	"github.com/acdeploy/acdeploy/cli"
	own "github.com/acdeploy/acdeploy/internal/scaffold/pass"
)

func main() {
	tools := builtin.Toolbox()
	tools.Passes = append(tools.Passes, own.Entry())
	os.Exit(cli.Main(tools))
}
