package configs

import "embed"

// Files holds the ready-to-run configurations: quickstart.yaml and full.yaml.
//
//go:embed *.yaml
var Files embed.FS
