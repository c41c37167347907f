package configs

import (
	"bytes"
	"fmt"
	"strconv"

	"github.com/goccy/go-yaml"

	"github.com/acdeploy/acdeploy/bench"
	"github.com/acdeploy/acdeploy/internal/human"
)

// YAML writes the configuration with every option, as it is used.
func (c Config) YAML() ([]byte, error) {
	text, err := yaml.MarshalWithOptions(c, yaml.IndentSequence(true),
		yaml.CustomMarshaler(decimal[float64]), yaml.CustomMarshaler(decimal[bench.Ratio]))
	if err != nil {
		return nil, fmt.Errorf("write configuration: %w", err)
	}
	return text, nil
}

// decimal writes a number without an exponent: to YAML, 1e-07 is text.
func decimal[F ~float64](f F) ([]byte, error) {
	text := strconv.AppendFloat(nil, float64(f), 'f', -1, 64)
	if !bytes.ContainsRune(text, '.') {
		text = append(text, ".0"...)
	}
	return text, nil
}

// MarshalJSON writes the configuration with every option, as it is used, under the keys of the file. A byte of a path that is no UTF-8 is
// written as \xff.
func (c Config) MarshalJSON() ([]byte, error) {
	text, err := human.Legible(c).YAML()
	if err != nil {
		return nil, err
	}
	return yaml.YAMLToJSON(text)
}
