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
