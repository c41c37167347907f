package cli

import (
	"maps"
	"runtime"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/acdeploy/acdeploy/backends/ort/library"
	"github.com/acdeploy/acdeploy/bench/judge"
	"github.com/acdeploy/acdeploy/catalog"
	"github.com/acdeploy/acdeploy/internal/zoo"
	"github.com/acdeploy/acdeploy/verify"
)

// completer offers what may stand in a place of the command line.
type completer = cobra.CompletionFunc

// complete says what may stand in each place of every command line.
func (a *app) complete(root *cobra.Command) {
	places, values := a.argumentKinds(), a.flagKinds()
	for _, c := range append(allCommands(root), root) {
		if c.Runnable() && !c.HasSubCommands() {
			c.ValidArgsFunction = inOrder(places[name(c)], strings.HasSuffix(c.Use, "..."))
		}
		c.LocalFlags().VisitAll(func(f *pflag.Flag) {
			of := values[f.Name]
			if own, ok := values[name(c)+" --"+f.Name]; ok {
				of = own
			}
			if of == nil {
				of = byType(f.Value.Type())
			}
			_ = c.RegisterFlagCompletionFunc(f.Name, of) // fails only for a flag that is not there, or a second time
		})
	}
}

// argumentKinds are what the arguments of each command are, in their order.
func (a *app) argumentKinds() map[string][]completer {
	model, config, report, folder := files("onnx"), files("yaml", "yml"), files("json"), folders()
	return map[string][]completer{
		"run":             {config},
		"fuse":            {model},
		"verify":          {model, model},
		"bench":           {model, model},
		"report":          {report},
		"compare":         {report, report},
		"trend":           {folder},
		"gate":            {report, config},
		"inspect":         {model},
		"bisect":          {files("yaml", "yml", "onnx")},
		"diff":            {model, model},
		"extract":         {model},
		"plain":           {model},
		"reduce":          {model},
		"release verify":  {folder},
		"publish":         {folder},
		"passes":          {words(a.tools.Passes.Names())},
		"backends":        {words(a.tools.Backends.Names())},
		"runtime install": {words(flavours())},
		"runtime remove":  {installedVersions},
		"init":            {folder},
		"config show":     {config},
		"zoo":             {networks},
		"completion":      {words(shells())},
	}
}

// flagKinds are what the values of flags are, by the name of the flag, after that of a command where it means something else there.
// The other flags go by the types of their values.
func (a *app) flagKinds() map[string]completer {
	known := map[string]completer{
		"passes":                   list(a.tools.Passes.Names()),
		"disable":                  list(a.tools.Passes.Default().Names()),
		"enable":                   list(listedOnly(a.tools.Passes)),
		backendFlag:                list(a.tools.Backends.Names()),
		"provider":                 words(providers()),
		"require":                  words(texts(judge.RequireEquivalent, judge.RequireFaster, judge.RequireNothing)),
		"require-proof":            words(texts(verify.Algebra, verify.Partial, verify.RoundingOnly)),
		"format":                   words(a.formats.Names()),
		"diff --format":            words(diffFormats()),
		"log-format":               words([]string{"text", "json"}),
		"flavour":                  words(flavours()),
		"form":                     words([]string{"today", "2019"}),
		"as":                       words([]string{"artifact", "image"}),
		"config":                   files("yaml", "yml"),
		"data":                     files("npz", "npy"),
		"report":                   folders(),
		"dump-dir":                 folders(),
		"check":                    anything,
		"fetch --output":           folders(),
		"new pass --output":        folders(),
		"new backend --output":     folders(),
		"new pass --replace":       folders(),
		"new backend --replace":    folders(),
		"runtime install --from":   anything,
		"runtime install --mirror": nothing,
	}
	for _, flag := range []string{"model", "baseline", "as-trained", "source", "output"} {
		known[flag] = files("onnx")
	}
	return known
}

// byType offers what a flag of a type can be.
func byType(of string) completer {
	switch of {
	case "path":
		return anything
	case "bool", "true or false":
		return words([]string{"true", "false"})
	}
	return nothing
}

// inOrder offers what the next argument is. The last of the places may stand again where there are more.
func inOrder(places []completer, more bool) completer {
	return func(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
		k := len(args)
		if more {
			k = min(k, len(places)-1)
		}
		if k >= len(places) {
			return nothing(cmd, args, typed)
		}
		return places[k](cmd, args, typed)
	}
}

// files offers the files with these extensions, and the folders on the way to them.
func files(extensions ...string) completer {
	return cobra.FixedCompletions(extensions, cobra.ShellCompDirectiveFilterFileExt)
}

func folders() completer { return cobra.FixedCompletions(nil, cobra.ShellCompDirectiveFilterDirs) }

// anything offers all files.
func anything(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return nil, cobra.ShellCompDirectiveDefault
}

func nothing(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return nil, cobra.ShellCompDirectiveNoFileComp
}

// words offers the words of a closed set.
func words(set []string) completer {
	return cobra.FixedCompletions(set, cobra.ShellCompDirectiveNoFileComp)
}

// list offers words of a set, also after others and a comma.
func list(set []string) completer {
	return func(_ *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
		before := typed[:strings.LastIndexByte(typed, ',')+1]
		var offered []string
		for _, word := range set {
			offered = append(offered, before+word)
		}
		return offered, cobra.ShellCompDirectiveNoFileComp
	}
}

// listedOnly names the components that take part only where they are asked for.
func listedOnly[T any](c catalog.Catalog[T]) []string {
	var names []string
	for _, e := range c {
		if e.Listed {
			names = append(names, e.Name)
		}
	}
	return names
}

func texts[T ~string](set ...T) []string {
	var all []string
	for _, s := range set {
		all = append(all, string(s))
	}
	return all
}

// flavours are those of ONNX Runtime that can be installed here.
func flavours() []string {
	pinned, err := library.Embedded()
	if err != nil {
		return nil
	}
	var here []string
	for _, r := range pinned.Runtimes {
		if r.OS == runtime.GOOS && r.Arch == runtime.GOARCH && !slices.Contains(here, r.Flavour) {
			here = append(here, r.Flavour)
		}
	}
	return here
}

// providers are where it runs models.
func providers() []string { return []string{"cpu", "cuda", "tensorrt"} }

// networks offers those of the zoo, each with what it is.
func networks(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	offered := []string{cobra.CompletionWithDesc("list", "name the networks")}
	for _, n := range zoo.Networks() {
		offered = append(offered, cobra.CompletionWithDesc(n.Name, n.Doc))
	}
	return offered, cobra.ShellCompDirectiveNoFileComp
}

// installedVersions offers those of ONNX Runtime that acdeploy installed.
func installedVersions(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	there, err := library.Store{}.List()
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	versions := map[string]bool{}
	for _, l := range there {
		versions[l.Version] = true
	}
	return slices.Sorted(maps.Keys(versions)), cobra.ShellCompDirectiveNoFileComp
}
