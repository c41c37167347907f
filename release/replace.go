package release

import (
	"errors"
	"os"
	"path/filepath"

	"github.com/acdeploy/acdeploy/internal/osfile"
)

// replaceFolder gives a folder that is complete another name, in the place of a folder that has it. Where the system can exchange two
// names, that is one step; elsewhere there is no folder of that name for a moment. After an error the earlier folder is as it was. The
// caller removes what is then at from.
func replaceFolder(files osfile.Files, from, path string) error {
	if err := files.Before(osfile.OpRename, path); err != nil {
		return err
	}
	if _, err := os.Lstat(path); os.IsNotExist(err) {
		return os.Rename(from, path)
	}
	if exchange(from, path) == nil {
		return nil
	}
	return moveAside(from, path)
}

// moveAside does so in two steps.
func moveAside(from, path string) error {
	aside, release, err := osfile.MakeTempFolder(path)
	if err != nil {
		return err
	}
	defer release()
	earlier := filepath.Join(aside, "earlier")
	if err := os.Rename(path, earlier); err != nil {
		return errors.Join(err, os.Remove(aside))
	}
	if err := os.Rename(from, path); err != nil {
		return errors.Join(err, os.Rename(earlier, path), os.Remove(aside))
	}
	_ = os.RemoveAll(aside) // what stays of it is hidden, and named by what looks for leftovers
	return nil
}
