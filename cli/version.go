package cli

import (
	"github.com/spf13/cobra"

	"github.com/acdeploy/acdeploy/internal/host"
)

// versionDocument is the document of version.
type versionDocument struct {
	Schema   string `json:"schema"`
	Version  string `json:"version"`
	Revision string `json:"revision"` // of the source it was built of
}

func newVersionCmd(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "version",
		Short: "print the version of acdeploy",
		Args:  noArguments,
		RunE: func(*cobra.Command, []string) error {
			version, revision := host.Build()
			if a.asJSON {
				return a.document(versionDocument{"acdeploy.version/v1", version, revision})
			}
			a.printf("acdeploy %s (%s)\n", version, revision)
			return nil
		},
	}
	a.addJSON(cmd)
	return cmd
}
