package cli

import (
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/acdeploy/acdeploy/internal/human"
	"github.com/acdeploy/acdeploy/internal/outcome"
	"github.com/acdeploy/acdeploy/model"
)

const shardFlag = "shard"

// addDataFile adds the flags for the data file of a model that is written.
func (a *app) addDataFile(cmd *cobra.Command) {
	f := cmd.Flags()
	f.BoolVar(&a.external, "external", false, "write large weights to a data file; the default where the model came with one, and from 2 GiB on")
	f.BoolVar(&a.inline, "inline", false, "write all weights into the model's file, which can have 2 GiB at most")
	setting(cmd, "shard", shardFlag, "GB")
	f.StringVar(&a.dataName, "data-name", "", "fixed name of the data file, for a model that has one; without it the name carries the content. "+
		"A fixed one has a risk: whoever reads while it is replaced, or after a crash in that moment, gets the graph of one model and the weights of the other")
}

// checkDataFile refuses flags that contradict each other, and a name for the data file that is none, or that is the one of the model.
func (a *app) checkDataFile(cmd *cobra.Command, output string) error {
	n, named, sharded := a.dataName, cmd.Flags().Changed("data-name"), cmd.Flags().Changed(shardFlag)
	switch {
	case a.inline && a.external:
		return outcome.Usagef("%s: --inline and --external exclude each other; give one", name(cmd))
	case a.inline && named:
		return outcome.Usagef("%s: with --inline there is no data file that --data-name could name; leave one of them out", name(cmd))
	case a.inline && sharded:
		return outcome.Usagef("%s: with --inline there is no data file that --shard could divide; leave one of them out", name(cmd))
	case named && sharded:
		return outcome.Usagef("%s: --data-name names one data file, and --shard may make several; leave one of them out", name(cmd))
	case named && (n == "" || n == "." || n != filepath.Base(n) || !filepath.IsLocal(n) || n == filepath.Base(output)):
		return outcome.Usagef("%s: --data-name is %q; give a name without a folder, other than the model's: the file lies next to the model", name(cmd), human.Printable(n))
	}
	return nil
}

// weights is where the flags say that large weights go.
func (a *app) weights() model.Place {
	switch {
	case a.inline:
		return model.Inline
	case a.external:
		return model.External
	}
	return model.ByDefault
}
