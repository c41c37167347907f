package cli

import (
	"os"

	"github.com/spf13/cobra"

	"github.com/acdeploy/acdeploy/worker"
)

const workerCommand = "worker"

// newWorkerCmd is the child process in which engines run.
func newWorkerCmd(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use: workerCommand, Hidden: true, Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return worker.Serve(cmd.Context(), os.Stdin, a.raw, a.tools.Opener(a.library))
		},
	}
	a.addLibrary(cmd)
	return cmd
}
