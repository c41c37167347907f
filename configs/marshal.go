package configs

import (
	"fmt"

	"github.com/goccy/go-yaml"
)

// YAML writes the configuration with every option, as it is used.
func (c Config) YAML() ([]byte, error) {
	text, err := yaml.MarshalWithOptions(c, yaml.IndentSequence(true))
	if err != nil {
		return nil, fmt.Errorf("write configuration: %w", err)
	}
	return text, nil
}

// MarshalJSON writes the configuration with every option, as it is used, under the keys of the file.
func (c Config) MarshalJSON() ([]byte, error) {
	text, err := c.YAML()
	if err != nil {
		return nil, err
	}
	return yaml.YAMLToJSON(text)
}
