package cli

import (
	"os"
	"slices"
	"strings"

	"github.com/acdeploy/acdeploy/catalog"
	"github.com/acdeploy/acdeploy/configs"
)

// warnOfVariables tells of ACDEPLOY_* variables that nothing reads: most are misspelt.
func (a *app) warnOfVariables() {
	known := []string{"ACDEPLOY_CONFIG", "ACDEPLOY_ORT_LIB", "ACDEPLOY_TRTEXEC"}
	for _, key := range configs.Keys() {
		known = append(known, variable(key))
	}
	for _, entry := range os.Environ() {
		name, value, _ := strings.Cut(entry, "=")
		if value == "" || !strings.HasPrefix(name, "ACDEPLOY_") || slices.Contains(known, name) {
			continue
		}
		a.log.Warn("nothing reads the variable " + name + catalog.Suggest(name, known)) //nolint:sloglint // The sentence is for people.
	}
}
