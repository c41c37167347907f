package osfile

import (
	"os"
	"path/filepath"
)

// MissingFolders lists those of the folders, and of the folders that they are in, that do not exist: each before the one
// that it is in.
func MissingFolders(folders ...string) []string {
	var missing []string
	for _, folder := range folders {
		for folder = filepath.Clean(folder); ; folder = filepath.Dir(folder) {
			if _, err := os.Lstat(folder); !os.IsNotExist(err) {
				break
			}
			missing = append(missing, folder)
		}
	}
	return missing
}

// RemoveEmpty removes those of the folders that exist and are empty.
func RemoveEmpty(folders []string) {
	for _, folder := range folders {
		if info, err := os.Lstat(folder); err == nil && info.IsDir() {
			_ = os.Remove(folder) // fails where something is in it, which is to stay
		}
	}
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
