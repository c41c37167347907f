package osfile

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// Replace writes a file under a temporary name, flushes it to the disk and renames it to path. Nobody
// ever sees half of it, and after an error the file is as it was.
func Replace(path string, write func(io.Writer) error) error {
	_, err := Files{}.Replace(path, write)
	return err
}

// Replace is [Replace] for these files. The new file has the permissions of the one that it replaces. If it cannot be
// given them, the note says so.
func (f Files) Replace(path string, write func(io.Writer) error) (note string, err error) {
	file, unlock, err := f.createTemp(path)
	if err != nil {
		return "", err
	}
	defer unlock()
	err = write(f.Writer(file))
	if err == nil {
		note = f.KeepMode(file, path)
		err = f.Sync(file)
	}
	if closing := file.Close(); err == nil {
		err = closing
	}
	if err == nil {
		err = f.Rename(file.Name(), path)
	}
	if err != nil {
		return "", errors.Join(err, os.Remove(file.Name()))
	}
	return note, nil
}

// KeepMode gives a new file the permissions of the regular file at path, which it is going to replace. The note says why
// it could not; it is "" if it could, or if there is no such file.
func (f Files) KeepMode(file *os.File, path string) (note string) {
	old, err := os.Stat(path)
	if err != nil || !old.Mode().IsRegular() {
		return ""
	}
	if now, err := file.Stat(); err == nil && now.Mode() == old.Mode() {
		return ""
	}
	if err := f.Chmod(file, old.Mode().Perm()); err != nil {
		return fmt.Sprintf("%s does not have the permissions %v of the file that it replaced: %v", path, old.Mode().Perm(), Cause(err))
	}
	return ""
}

// createTemp makes a new file in the folder of path, so that it can be renamed to path, with the
// permissions that any new file gets. Unlock ends the lock by which others see that its writer is alive.
func (f Files) createTemp(path string) (file *os.File, unlock func(), err error) {
	for {
		file, err = f.Create(tempName(path))
		if !errors.Is(err, fs.ErrExist) {
			break
		}
	}
	if err != nil {
		return nil, nil, err
	}
	return file, holdAlive(file.Name()), nil
}

// SyncFolder flushes the names in a folder to the disk, on systems and file systems that can do that, if the folder can be
// read.
func SyncFolder(folder string) error {
	d, err := os.Open(folder)
	if errors.Is(err, fs.ErrPermission) {
		return nil // files can be written into a folder that must not be read
	}
	if err != nil {
		return err
	}
	_ = d.Sync() // where it is refused, renaming has to be enough
	if err := d.Close(); err != nil && !errors.Is(err, os.ErrClosed) {
		return err
	}
	return nil
}
