package osfile

import (
	"errors"
	"os"
	"path/filepath"
)

// ReplaceFolder gives a folder that is complete another name, in the place of a folder that has it, which goes. Where the system can
// exchange two names, that is one step; elsewhere there is no folder of that name for a moment. After an error the earlier folder is as it
// was. What cannot be removed of it is left under a hidden name, see [LeftOver].
func (f Files) ReplaceFolder(from, path string) error {
	if err := f.Before(OpRename, path); err != nil {
		return err
	}
	if _, err := os.Lstat(path); os.IsNotExist(err) {
		return os.Rename(from, path)
	}
	if exchange(from, path) == nil {
		_ = os.RemoveAll(from)
		return nil
	}
	aside := tempName(path)
	if err := os.Rename(path, aside); err != nil {
		return err
	}
	if err := os.Rename(from, path); err != nil {
		return errors.Join(err, os.Rename(aside, path))
	}
	_ = os.RemoveAll(aside)
	return nil
}

// FolderMode gives a folder the permissions that any new folder gets, or those of the folder at path if there is one. It goes by a file in
// it that was just made: the system tells its mask nobody without changing it.
func FolderMode(folder, file, path string) error {
	if old, err := os.Stat(path); err == nil && old.IsDir() {
		return os.Chmod(folder, old.Mode().Perm())
	}
	info, err := os.Stat(filepath.Join(folder, file))
	if err != nil {
		return err
	}
	mode := info.Mode().Perm()
	return os.Chmod(folder, mode|(mode&0o444)>>2|0o700)
}
