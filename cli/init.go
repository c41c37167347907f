package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/acdeploy/acdeploy/configs"
)

const (
	configName = "acdeploy.yaml"
	schemaName = "acdeploy.schema.json"
)

func newInitCmd(a *app) *cobra.Command {
	var full bool
	cmd := &cobra.Command{
		Use:   "init [DIRECTORY]",
		Short: "write a configuration to start from, with its schema for editors",
		Args:  arguments(0, 1, "at most one directory"),
		RunE: func(_ *cobra.Command, args []string) error {
			dir := "."
			if len(args) == 1 {
				var err error
				if dir, err = expand(args[0]); err != nil {
					return err
				}
			}
			return a.initialize(dir, full)
		},
	}
	cmd.Flags().BoolVar(&full, "full", false, "with every option")
	return cmd
}

func (a *app) initialize(dir string, full bool) error {
	name := "quickstart.yaml"
	if full {
		name = "full.yaml"
	}
	text, err := configs.Files.ReadFile(name)
	if err != nil {
		return fmt.Errorf("write configuration: %w", err)
	}
	schema, err := configs.Schema(a.tools.Known())
	if err != nil {
		return fmt.Errorf("write schema: %w", err)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("write configuration: %w", err)
	}
	path := filepath.Join(dir, configName)
	head := "# yaml-language-server: $schema=" + schemaName + "\n"
	if err := create(path, append([]byte(head), text...)); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, schemaName), schema, 0o644); err != nil {
		return fmt.Errorf("write schema: %w", err)
	}
	a.printf("wrote %s; name your models in it, then: acdeploy run %s\n", path, quoteArg(path))
	return nil
}

// create writes a new file and never an existing one.
func create(path string, text []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if errors.Is(err, fs.ErrExist) {
		return usagef("write configuration: %s is there already", path)
	}
	if err != nil {
		return fmt.Errorf("write configuration: %w", err)
	}
	_, err = f.Write(text)
	if err = joinErrors(err, f.Close()); err != nil {
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
			a.printf("%s\n", strings.TrimRight(string(schema), "\n"))
			return nil
		},
	})
	return cmd
}
