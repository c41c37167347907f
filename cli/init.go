package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/acdeploy/acdeploy/configs"
	"github.com/acdeploy/acdeploy/internal/human"
	"github.com/acdeploy/acdeploy/internal/outcome"
)

const schemaName = "acdeploy.schema.json"

func newInitCmd(a *app) *cobra.Command {
	var o initOptions
	cmd := &cobra.Command{
		Use:   "init [DIRECTORY]",
		Short: "write a configuration to start from, and its schema for editors",
		Long: `Write acdeploy.yaml, a configuration to start from, into DIRECTORY or the current one. Next to it goes
acdeploy.schema.json, with which editors complete and check the configuration. A configuration that exists is
kept, and the exit code is 2.

With --model the model is read, and the configuration runs as it is: it has the model's path, relative to
DIRECTORY, and a size for each dimension that the model leaves open. Put the sizes that you serve in their
place.`,
		Args: arguments(0, 1, "at most one directory"),
		RunE: func(_ *cobra.Command, args []string) error {
			dir := "."
			if len(args) == 1 {
				var err error
				if dir, err = expand(args[0]); err != nil {
					return err
				}
			}
			return a.initialize(dir, o)
		},
	}
	cmd.Flags().BoolVar(&o.full, "full", false, "write every option, with its default")
	cmd.Flags().Var(pathValue{&o.model}, "model", "network as trained (ONNX)")
	cmd.Flags().Var(pathValue{&o.baseline}, "baseline", "plain network to compare latency with (ONNX)")
	return cmd
}

// initOptions are the flags of init.
type initOptions struct {
	full            bool
	model, baseline string
}

func (a *app) initialize(dir string, o initOptions) error {
	name := "quickstart.yaml"
	if o.full {
		name = "full.yaml"
	}
	text, err := configs.Files.ReadFile(name)
	if err != nil {
		return fmt.Errorf("write configuration: %w", err)
	}
	if !o.full { // its head is about the network that comes with the repository
		text = text[max(0, bytes.Index(text, []byte("version:"))):]
	}
	own, err := ownFiles(dir, o)
	if err != nil {
		return err
	}
	schema, err := configs.Schema(a.tools.Known())
	if err != nil {
		return fmt.Errorf("write schema: %w", err)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("write configuration: %w", err)
	}
	path := filepath.Join(dir, configs.FileName)
	head := "# yaml-language-server: $schema=" + schemaName + "\n"
	if err := create(path, append([]byte(head), own.fill(text)...)); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, schemaName), schema, 0o644); err != nil {
		return fmt.Errorf("write schema: %w", err)
	}
	todo := ""
	switch {
	case o.model == "":
		todo = "name your models in it, "
	case len(own.open) > 0:
		todo = fmt.Sprintf("look at the sizes in it (%s), ", human.Count(len(own.open), "open dimension"))
	}
	a.printf("wrote %s; %sthen: acdeploy run %s\n", path, todo, human.ShellWord(path))
	return nil
}

// create writes a new file and never an existing one.
func create(path string, text []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if errors.Is(err, fs.ErrExist) {
		return outcome.Usagef("write configuration: %s already exists; remove it, or name another directory", path)
	}
	if err != nil {
		return fmt.Errorf("write configuration: %w", err)
	}
	_, err = f.Write(text)
	if err = errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("write configuration %s: %w", path, err)
	}
	return nil
}

func newConfigCmd(a *app) *cobra.Command {
	cmd := &cobra.Command{Use: "config", Short: "show the configuration in force, or its schema"}
	cmd.AddCommand(newConfigShowCmd(a), &cobra.Command{
		Use: "schema", Short: "print the JSON Schema of a configuration", Args: noArguments,
		RunE: func(*cobra.Command, []string) error {
			schema, err := configs.Schema(a.tools.Known())
			if err != nil {
				return err
			}
			a.print(strings.TrimRight(string(schema), "\n") + "\n")
			return nil
		},
	})
	return cmd
}
