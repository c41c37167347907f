package cli

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/acdeploy/acdeploy/configs"
	"github.com/acdeploy/acdeploy/internal/human"
	"github.com/acdeploy/acdeploy/internal/outcome"
)

const schemaName = "acdeploy.schema.json"

func newInitCmd(a *app) *cobra.Command {
	var full bool
	var model, baseline string
	cmd := &cobra.Command{
		Use:   "init [DIRECTORY]",
		Short: "write a configuration to start from, and its schema for editors",
		Long: `Write acdeploy.yaml, a configuration to start from, into DIRECTORY or the current one. Next to it goes
acdeploy.schema.json, with which editors complete and check the configuration. A configuration that exists is
kept, and the exit code is 2.`,
		Args: arguments(0, 1, "at most one directory"),
		RunE: func(_ *cobra.Command, args []string) error {
			dir := "."
			if len(args) == 1 {
				var err error
				if dir, err = expand(args[0]); err != nil {
					return err
				}
			}
			return a.initialize(dir, full, model, baseline)
		},
	}
	cmd.Flags().BoolVar(&full, "full", false, "write every option, with its default")
	cmd.Flags().Var(pathValue{&model}, "model", "network as trained (ONNX)")
	cmd.Flags().Var(pathValue{&baseline}, "baseline", "plain network to compare latency with (ONNX)")
	return cmd
}

func (a *app) initialize(dir string, full bool, model, baseline string) error {
	name := "quickstart.yaml"
	if full {
		name = "full.yaml"
	}
	text, err := configs.Files.ReadFile(name)
	if err != nil {
		return fmt.Errorf("write configuration: %w", err)
	}
	if !full { // its head is about the network that comes with the repository
		text = text[max(0, bytes.Index(text, []byte("version:"))):]
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
	if err := create(path, append([]byte(head), ownModels(text, model, baseline)...)); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, schemaName), schema, 0o644); err != nil {
		return fmt.Errorf("write schema: %w", err)
	}
	todo := ""
	if model == "" {
		todo = "name your models in it, "
	}
	a.printf("wrote %s; %sthen: acdeploy run %s\n", path, todo, human.ShellWord(path))
	return nil
}

// ownModels puts the user's files in the place of those of a ready-to-run configuration. What is not
// named becomes a comment to fill in, but the model, which has to be there.
func ownModels(text []byte, model, baseline string) []byte {
	var out []string
	for old := range strings.SplitSeq(string(text), "\n") {
		key, value, _ := strings.Cut(strings.TrimSpace(old), ": ")
		switch {
		case !strings.HasPrefix(value, "examples/"):
			out = append(out, old)
		case key == "model":
			out = append(out, "model: "+strconv.Quote(cmp.Or(model, "model.onnx"))+" # the network as trained, with its branches")
		case key == "baseline":
			plain := "# baseline: baseline.onnx"
			if baseline != "" {
				plain = "baseline: " + strconv.Quote(baseline)
			}
			out = append(out, plain+" # the plain network it must be as fast as")
		case key == "path":
			out = append(out, `    path: "" # images and labels (.npz), for top-1 before and after`)
		}
	}
	return []byte(strings.Join(out, "\n"))
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
