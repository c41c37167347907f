package cli

import (
	"strings"

	"github.com/acdeploy/acdeploy/configs"
	"github.com/acdeploy/acdeploy/internal/human"
	"github.com/acdeploy/acdeploy/internal/osfile"
	"github.com/acdeploy/acdeploy/onnx/mapped"
)

// leftOver names the temporary files, and the data files without a model, of commands that were killed, in this folder and in
// the usual one of reports, and the folders in that of the system for temporary files. A later command removes them when nobody
// can hold them any more.
func leftOver() []check {
	var paths []string
	for _, folder := range []string{".", configs.Defaults().Report} {
		paths = append(append(paths, osfile.LeftOver(folder)...), mapped.Strays(folder)...)
	}
	return append(
		left(paths, "the next command that writes there removes those that are older than ten minutes; remove the others yourself if no acdeploy is running"),
		left(osfile.LeftScratch(), "the next acdeploy verify or run removes those that are older than ten minutes; remove the others yourself if no acdeploy is running")...)
}

func left(paths []string, remedy string) []check {
	if len(paths) == 0 {
		return nil
	}
	names := make([]string, len(paths))
	for i, path := range paths {
		names[i] = human.Printable(path)
	}
	return []check{{"left over", "warn", "files of commands that were ended: " + strings.Join(names, ", "), remedy}}
}
