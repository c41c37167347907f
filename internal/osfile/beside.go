package osfile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// OpenBeside opens a file by its name relative to the folder of a model, for reading, with more flags. After all links are followed it
// has to lie under that folder, or under the folder in which the model itself lies once its own links are followed: so a model in the cache
// of a hub is found, whose files are links to a folder of contents. Nothing outside these folders is opened, whatever happens to the links
// meanwhile.
func OpenBeside(model, name string, flags int) (*os.File, error) {
	if !filepath.IsLocal(name) {
		return nil, errors.New("the name leads out of the folder of the model")
	}
	folder := filepath.Dir(model)
	file, err := openIn(folder, name, flags)
	if err == nil {
		return file, nil
	}
	target, failed := filepath.EvalSymlinks(filepath.Join(folder, name))
	if errors.Is(failed, fs.ErrNotExist) {
		return nil, failed // a link that leads nowhere
	}
	if failed != nil {
		return nil, err
	}
	for _, base := range []string{folder, realFolder(model)} {
		base, failed := filepath.EvalSymlinks(base)
		if failed != nil {
			continue
		}
		if within, failed := filepath.Rel(base, target); failed == nil && filepath.IsLocal(within) {
			return openIn(base, within, flags)
		}
	}
	return nil, err
}

// realFolder is the folder in which a file lies once its links are followed, and the one by its name where they lead nowhere.
func realFolder(path string) string {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	return filepath.Dir(path)
}

func openIn(folder, name string, flags int) (*os.File, error) {
	root, err := os.OpenRoot(folder)
	if err != nil {
		return nil, err
	}
	defer func() { _ = root.Close() }() // nothing was written
	return root.OpenFile(name, os.O_RDONLY|flags, 0)
}
