package osfile

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
)

// Replace writes a file under a temporary name, flushes it to the disk and renames it to path. Nobody
// ever sees half of it, and after an error the file is as it was.
func Replace(path string, write func(io.Writer) error) error {
	f, err := CreateTemp(path)
	if err != nil {
		return err
	}
	err = errors.Join(write(f), f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}

// CreateTemp makes a new file in the folder of path, so that it can be renamed to path, with the
// permissions that any new file gets.
func CreateTemp(path string) (*os.File, error) {
	folder, base := filepath.Split(path)
	for {
		name := fmt.Sprintf("%s.%s.%016x.tmp", folder, base, rand.Uint64())
		f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
		if !errors.Is(err, fs.ErrExist) {
			return f, err
		}
	}
}

// SyncFolder flushes the names in a folder to the disk, on systems and file systems that can do that.
func SyncFolder(folder string) error {
	d, err := os.Open(folder)
	if err != nil {
		return err
	}
	_ = d.Sync() // where it is refused, renaming has to be enough
	if err := d.Close(); err != nil && !errors.Is(err, os.ErrClosed) {
		return err
	}
	return nil
}
