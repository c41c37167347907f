package cli

import (
	"strings"

	"github.com/acdeploy/acdeploy/configs"
	"github.com/acdeploy/acdeploy/internal/human"
	"github.com/acdeploy/acdeploy/internal/osfile"
	"github.com/acdeploy/acdeploy/onnx/mapped"
)

// leftOver names the temporary files, and the data files without a model, of commands that were killed, in this folder and in the usual one of reports. A
// later command removes them when nobody can hold them any more.
func leftOver() []check {
	var names []string
	for _, folder := range []string{".", configs.Defaults().Report} {
		for _, path := range append(osfile.LeftOver(folder), mapped.Strays(folder)...) {
			names = append(names, human.Printable(path))
		}
	}
	if len(names) == 0 {
		return nil
	}
	return []check{{
		"left over", "warn", "files of commands that were ended: " + strings.Join(names, ", "),
		"the next command that writes there removes those that are older than ten minutes; remove the others yourself if no acdeploy is running",
	}}
}
