package main

import (
	"os"

	"github.com/acdeploy/acdeploy/builtin"
	"github.com/acdeploy/acdeploy/cli"
)

func main() { os.Exit(cli.Main(builtin.Toolbox())) }
