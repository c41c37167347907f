package cli

import (
	"cmp"
	"path"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/acdeploy/acdeploy/internal/human"
	"github.com/acdeploy/acdeploy/internal/outcome"
	"github.com/acdeploy/acdeploy/internal/scaffold"
)

// newDocument is the document of new pass and new backend.
type newDocument struct {
	Schema string   `json:"schema"`
	Kind   string   `json:"kind"`
	Name   string   `json:"name"`
	Folder string   `json:"folder"`
	Files  []string `json:"files"`   // within the folder
	DryRun bool     `json:"dry_run"` // nothing was written
}

func newNewCmd(a *app) *cobra.Command {
	cmd := &cobra.Command{Use: "new", Short: "write a Go module with a pass or an engine of your own, to start from"}
	cmd.AddCommand(
		newModuleCmd(a, scaffold.Pass, "pass", func() []string { return a.tools.Passes.Names() }),
		newModuleCmd(a, scaffold.Backend, "engine", func() []string { return a.tools.Backends.Names() }),
	)
	return cmd
}

func newModuleCmd(a *app, kind scaffold.Kind, what string, taken func() []string) *cobra.Command {
	m := scaffold.Module{Kind: kind, Version: scaffold.Released()}
	var dryRun bool
	cmd := &cobra.Command{
		Use:   string(kind) + " NAME",
		Short: "write a module with one " + what + " and its test",
		Long: `Write a Go module into the new folder NAME. It has one ` + what + `, its test, and a program that is acdeploy with
this ` + what + `. All of it works, and does something small: put your own in its place.

	acdeploy new ` + string(kind) + ` my_` + string(kind) + `
	cd my_` + string(kind) + `
	go test ./...

docs/extending.md leads from there to a release. An acdeploy that was built from a checkout is no version that the
module could require: --replace names the checkout.`,
		Args: arguments(1, 1, "the name of the "+what),
		RunE: func(cmd *cobra.Command, args []string) error {
			m.Name = args[0]
			if slices.Contains(taken(), m.Name) {
				return outcome.Usagef("%s: %q is the name of one that this acdeploy has; give another one", name(cmd), m.Name)
			}
			files, err := m.Files()
			if err != nil {
				return err
			}
			if !dryRun {
				err = m.Write(files)
			}
			if err != nil {
				return err
			}
			return a.printModule(m, files, dryRun)
		},
	}
	f := cmd.Flags()
	f.VarP(pathValue{&m.Folder}, "output", "o", "folder to write into, absent or empty, instead of NAME")
	f.StringVar(&m.Path, "module", "", "path of the module (default example.com/NAME)")
	f.Var(pathValue{&m.Replace}, "replace", "checkout of acdeploy to build with")
	f.BoolVar(&dryRun, "dry-run", false, "say what would be written, and write nothing")
	a.addJSON(cmd)
	return cmd
}

func (a *app) printModule(m scaffold.Module, files []scaffold.File, dryRun bool) error {
	folder := cmp.Or(m.Folder, m.Name)
	doc := newDocument{Schema: "acdeploy.new/v1", Kind: string(m.Kind), Name: m.Name, Folder: folder, DryRun: dryRun}
	for _, f := range files {
		doc.Files = append(doc.Files, f.Name)
	}
	if a.asJSON {
		return a.document(doc)
	}
	for _, f := range doc.Files {
		a.printf("%s\n", path.Join(strings.ReplaceAll(folder, `\`, "/"), f))
	}
	if dryRun {
		a.printf("dry run: nothing was written\n")
		return nil
	}
	tidy := ""
	if m.Replace == "" {
		tidy = "go mod tidy && "
	}
	a.printf("next: cd %s && %sgo test ./...\n", human.ShellWord(folder), tidy)
	return nil
}
