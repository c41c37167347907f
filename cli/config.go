package cli

import (
	"encoding/json"
	"strings"

	"github.com/spf13/cobra"

	"github.com/acdeploy/acdeploy/configs"
)

// configDocument is the document of config show.
type configDocument struct {
	Schema  string            `json:"schema"`
	Config  configs.Config    `json:"config"`
	Origins map[string]string `json:"origins"`
}

func newConfigShowCmd(a *app) *cobra.Command {
	var origins bool
	var config *string
	cmd := &cobra.Command{
		Use:   "show [CONFIG]",
		Short: "print every value of the configuration in force",
		Args:  arguments(0, 1, "at most one configuration"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 {
				path, err := expand(args[0])
				if err != nil {
					return err
				}
				*config = path
			}
			file, _, err := search(*config)
			if err != nil {
				return err
			}
			cfg, err := a.settings(cmd, file)
			if err != nil {
				return err
			}
			return a.showConfig(cfg, origins)
		},
	}
	config = configFlag(cmd)
	cmd.Flags().BoolVar(&origins, "origin", false, "say where each value comes from")
	fuseSettings(cmd)
	benchSettings(cmd)
	engineSettings(cmd)
	a.addJSON(cmd)
	return cmd
}

func (a *app) showConfig(cfg configs.Config, origins bool) error {
	if a.asJSON {
		doc := configDocument{"acdeploy.config/v1", cfg, map[string]string{}}
		for _, key := range configs.Keys() {
			doc.Origins[key] = cfg.Origin(key)
		}
		return a.document(doc)
	}
	if !origins {
		text, err := cfg.YAML()
		a.print(string(text))
		return err
	}
	values, err := valuesOf(cfg)
	if err != nil {
		return err
	}
	width := 0
	for _, key := range configs.Keys() {
		width = max(width, len(key)+len(values[key])+2)
	}
	for _, key := range configs.Keys() {
		a.printf("%-*s  # %s\n", min(width, 60), key+": "+values[key], cfg.Origin(key))
	}
	return nil
}

// valuesOf is the value of each key, as JSON, which is YAML.
func valuesOf(cfg configs.Config) (map[string]string, error) {
	text, err := json.Marshal(cfg)
	if err != nil {
		return nil, err
	}
	values := map[string]string{}
	for _, key := range configs.Keys() {
		values[key] = at(text, key)
	}
	return values, nil
}

// at is the value at a dotted key of a JSON object, null where it is absent.
func at(text json.RawMessage, key string) string {
	for name := range strings.SplitSeq(key, ".") {
		var object map[string]json.RawMessage
		if json.Unmarshal(text, &object) != nil || object[name] == nil {
			return "null"
		}
		text = object[name]
	}
	return string(text)
}
