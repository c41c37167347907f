package configs

import (
	"slices"
	"strings"

	"github.com/acdeploy/acdeploy/catalog"
)

// environmentPrefix is how the variables begin that acdeploy reads.
const environmentPrefix = "ACDEPLOY_"

// FileVariable is the variable that names the configuration file.
const FileVariable = environmentPrefix + "CONFIG"

// Variable is the environment variable of a key: bench.units is ACDEPLOY_BENCH_UNITS.
func Variable(key string) string {
	return environmentPrefix + strings.ToUpper(strings.ReplaceAll(key, ".", "_"))
}

// UnreadVariables lists the variables of an environment that begin like those of acdeploy and that nothing
// reads, each followed by a suggestion: most are misspelt. Others names variables that engines read.
func UnreadVariables(environment []string, others ...string) []string {
	known := append([]string{FileVariable}, others...)
	for _, key := range Keys() {
		known = append(known, Variable(key))
	}
	var unread []string
	for _, entry := range environment {
		name, value, _ := strings.Cut(entry, "=")
		if value == "" || !strings.HasPrefix(name, environmentPrefix) || slices.Contains(known, name) {
			continue
		}
		unread = append(unread, name+catalog.Suggest(name, known))
	}
	return unread
}
