package cli

import (
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/acdeploy/acdeploy/internal/osfile"
	"github.com/acdeploy/acdeploy/worker"
)

const workerCommand = "worker"

// newWorkerCmd is the child process in which engines run.
func newWorkerCmd(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use: workerCommand, Hidden: true, Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			replies, err := osfile.TakeStdout()
			if err != nil {
				return fmt.Errorf("start worker: keep standard output from libraries: %w", err)
			}
			err = worker.Serve(cmd.Context(), os.Stdin, replies, a.tools.Opener(a.library))
			if errors.Is(err, worker.ErrAbandoned) {
				osfile.KillOwnGroup() // with what the engine has started
			}
			return err
		},
	}
	a.addLibrary(cmd)
	return cmd
}
