package cli

import (
	"strings"

	"github.com/acdeploy/acdeploy/configs"
	"github.com/acdeploy/acdeploy/internal/human"
	"github.com/acdeploy/acdeploy/internal/osfile"
)

// leftOver names the temporary files of commands that were killed, in this folder and in the usual one of reports. A
// later command removes them when nobody can hold them any more.
func leftOver() []check {
	var names []string
	for _, folder := range []string{".", configs.Defaults().Report} {
		for _, path := range osfile.LeftOver(folder) {
			names = append(names, human.Printable(path))
		}
	}
	if len(names) == 0 {
		return nil
	}
	return []check{{
		"left over", "warn", "temporary files of commands that were ended: " + strings.Join(names, ", "),
		"the next command that writes there removes those that are older than ten minutes; remove the others yourself if no acdeploy is running",
	}}
}
