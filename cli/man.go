package cli

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"

	"github.com/acdeploy/acdeploy/internal/host"
)

// newManCmd is for those who build packages.
func newManCmd() *cobra.Command {
	return &cobra.Command{
		Use: "man DIR", Hidden: true, Args: arguments(1, 1, "the folder for the pages"),
		Short: "write the man pages of all commands into a folder; their date is SOURCE_DATE_EPOCH, or today",
		RunE: func(cmd *cobra.Command, args []string) error {
			dir, err := expand(args[0])
			if err != nil {
				return err
			}
			if err := os.MkdirAll(dir, 0o755); err != nil {
				return fmt.Errorf("write man pages: %w", err)
			}
			root := cmd.Root()
			root.DisableAutoGenTag = true
			for _, c := range append(allCommands(root), root) {
				if c != root && !c.IsAvailableCommand() {
					continue
				}
				page, err := manPage(c)
				if err == nil {
					err = os.WriteFile(filepath.Join(dir, manName(c)), page, 0o644)
				}
				if err != nil {
					return fmt.Errorf("write man page of %s: %w", c.CommandPath(), err)
				}
			}
			return nil
		},
	}
}

// manName is that of the file with the page of a command.
func manName(c *cobra.Command) string {
	return strings.ReplaceAll(c.CommandPath(), " ", "-") + ".1"
}

// manPage is the page of a command. The exit codes follow the examples as a section of their own: what stands there is
// Markdown between two fences.
func manPage(c *cobra.Command) ([]byte, error) {
	version, _ := host.Build()
	said := *c
	if codes := c.Annotations[exitsKey]; codes != "" {
		said.Example += "\n```\n# EXIT STATUS\n```\n" + codes
	}
	var page bytes.Buffer
	err := doc.GenMan(&said, &doc.GenManHeader{Section: "1", Source: "acdeploy " + version, Manual: "acdeploy"}, &page)
	return page.Bytes(), err
}
