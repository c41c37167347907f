package cli

import (
	"github.com/spf13/cobra"

	"github.com/acdeploy/acdeploy/internal/outcome"
)

// shells are those for which there are completions.
func shells() []string { return []string{"bash", "zsh", "fish", "powershell"} }

func newCompletionCmd(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "completion SHELL",
		Short: "print the completions of a shell: " + either(shells()),
		Long: `Print what completes command lines of acdeploy in a shell: commands, flags, files of the right kind, and the
names of passes, engines, networks and formats. To try it in the shell that runs:

	source <(acdeploy completion bash)                                 # needs the package bash-completion
	source <(acdeploy completion zsh)                                  # after: autoload -U compinit; compinit
	acdeploy completion fish | source
	acdeploy completion powershell | Out-String | Invoke-Expression

The archives and packages of acdeploy have these files inside. A package puts them where shells look.`,
		Args: arguments(1, 1, "one shell: "+either(shells())),
		RunE: func(cmd *cobra.Command, args []string) error {
			root := cmd.Root()
			switch args[0] {
			case "bash":
				return root.GenBashCompletionV2(a.raw, true)
			case "zsh":
				return root.GenZshCompletion(a.raw)
			case "fish":
				return root.GenFishCompletion(a.raw, true)
			case "powershell":
				return root.GenPowerShellCompletionWithDesc(a.raw)
			}
			return outcome.Usagef("%s: there are completions of %s, not of %q", name(cmd), either(shells()), args[0])
		},
	}
}
