package release

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/acdeploy/acdeploy/internal/human"
	"github.com/acdeploy/acdeploy/internal/osfile"
	"github.com/acdeploy/acdeploy/reports"
)

// ConfigDigest is the SHA-256 of a configuration as JSON, whatever its layout: keys sorted, no white space. For the configuration in a
// report it is what this prints:
//
//	jq -cjS .config report.json | sha256sum
func ConfigDigest(config json.RawMessage) (string, error) {
	d := json.NewDecoder(bytes.NewReader(config))
	d.UseNumber()
	var value any
	if err := d.Decode(&value); err != nil {
		return "", fmt.Errorf("read configuration: %w", err)
	}
	var text bytes.Buffer
	e := json.NewEncoder(&text)
	e.SetEscapeHTML(false)
	if err := e.Encode(value); err != nil {
		return "", fmt.Errorf("write configuration: %w", err)
	}
	shown := human.WithoutSecrets(strings.TrimSuffix(text.String(), "\n")) // as a report has it
	return osfile.SHA256Bytes([]byte(shown)), nil
}

// config is what of a run's configuration its release needs.
type config struct {
	Model       string `json:"model"`
	Name        string `json:"release_name"`
	Alias       string `json:"release_alias"`
	MaxRounds   int    `json:"max_rounds"`
	MaxRewrites int    `json:"max_rewrites"`
	Verify      struct {
		Data struct {
			Path string `json:"path"`
		} `json:"data"`
	} `json:"verify"`
}

// configOf is the configuration of a report. What is no configuration says nothing.
func configOf(r *reports.Report) config {
	var c config
	_ = json.Unmarshal(r.Config, &c)
	return c
}

// named are the name of the registered model and its alias, by the configuration of a report.
func named(r *reports.Report) (name, alias string) {
	c := configOf(r)
	if c.Model == "" && r.Fuse != nil {
		c.Model = r.Fuse.Input.Path
	}
	return cmp.Or(c.Name, strings.TrimSuffix(baseName(c.Model), ".onnx")), c.Alias
}
