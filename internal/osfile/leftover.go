package osfile

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"time"
)

// WriterLimit is how long a temporary file may stay as it is before it counts as left over, even if nobody holds it.
const WriterLimit = 10 * time.Minute

// temporary is the name of a file or a folder that waits for its own name: .NAME.0123456789abcdef.tmp
const (
	temporary    = `^\..+` + temporaryEnd
	temporaryEnd = `\.[0-9a-f]{16}\.tmp$`
)

// tempName is a new name of that kind, in the folder of path.
func tempName(path string) string {
	folder, base := filepath.Split(path)
	return fmt.Sprintf("%s.%s.%016x.tmp", folder, base, rand.Uint64())
}

// MakeTempFolder makes a hidden folder next to path, for files that wait for their names there. Unlock ends the lock by which
// others see that its maker is alive.
func MakeTempFolder(path string) (folder string, unlock func(), err error) {
	for {
		folder = tempName(path)
		if err = os.Mkdir(folder, 0o700); !errors.Is(err, fs.ErrExist) {
			break
		}
	}
	if err != nil {
		return "", nil, err
	}
	return folder, holdAlive(folder), nil
}

// holdAlive takes the lock of a temporary file or folder. Where there are no such locks, its age alone tells that
// it is left over, and then it stays.
func holdAlive(path string) (unlock func()) {
	if runtime.GOOS == "windows" {
		return func() {} // nothing is swept there
	}
	lock := newLock(path, os.O_RDONLY)
	if held, err := lock.TryLock(); err != nil || !held {
		return func() {}
	}
	return func() { _ = lock.Unlock() }
}

// Sweep removes from a folder the temporary files that writers left there when they were killed: those that no
// writer holds, and that are older than a writer may take. Whatever is in doubt stays; see [LeftOver].
func Sweep(folder string) { sweep(folder, time.Now().Add(-WriterLimit)) }

func sweep(folder string, before time.Time) {
	for _, path := range candidates(folder) {
		unlock, ok := abandoned(path)
		if !ok {
			continue
		}
		if at, err := lastChange(path); err == nil && at.Before(before) {
			_ = os.RemoveAll(path) // what cannot be removed is named by LeftOver
		}
		_ = unlock()
	}
}

// LeftOver lists the temporary files in a folder that no living writer is known to hold.
func LeftOver(folder string) []string { return unheld(candidates(folder)) }

// unheld are those of the files and folders that no living writer is known to hold.
func unheld(paths []string) []string {
	var left []string
	for _, path := range paths {
		unlock, held, err := tryLock(path, os.O_RDONLY)
		if err == nil && !held {
			continue // its writer lives
		}
		if held {
			_ = unlock()
		}
		left = append(left, path)
	}
	return left
}

// Waiting lists the temporary files and folders whose contents are to get the name path, whoever made them.
func Waiting(path string) []string {
	folder, base := filepath.Split(path)
	entries, err := os.ReadDir(filepath.Clean(folder))
	if err != nil {
		return nil
	}
	named := regexp.MustCompile(`^\.` + regexp.QuoteMeta(base) + temporaryEnd)
	var found []string
	for _, e := range entries {
		if named.MatchString(e.Name()) {
			found = append(found, folder+e.Name())
		}
	}
	return found
}

// candidates are the files and folders whose names only a writer of this program gives.
func candidates(folder string) []string {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil // a folder that cannot be listed is not swept
	}
	named := regexp.MustCompile(temporary + `|^\..+` + regexp.QuoteMeta(lockSuffix) + `$`)
	var found []string
	for _, e := range entries {
		if named.MatchString(e.Name()) && (e.IsDir() || e.Type().IsRegular()) {
			found = append(found, filepath.Join(folder, e.Name()))
		}
	}
	return found
}

// abandoned takes the lock of what a writer left, if it is what a writer makes and its lock can be had.
func abandoned(path string) (unlock func() error, ok bool) {
	if runtime.GOOS == "windows" {
		return nil, false // what a living writer has closed could be removed there
	}
	unlock, held, err := tryLock(path, os.O_RDONLY)
	if err != nil || !held {
		return nil, false
	}
	if !holdsFilesOnly(path) {
		_ = unlock()
		return nil, false
	}
	return unlock, true
}

// holdsFilesOnly reports whether something is a file or a folder of files.
func holdsFilesOnly(path string) bool {
	if info, err := os.Lstat(path); err != nil || info.Mode().IsRegular() {
		return err == nil
	}
	entries, err := os.ReadDir(path)
	for _, e := range entries {
		if !e.Type().IsRegular() {
			return false
		}
	}
	return err == nil
}

// lastChange is when a file, or the latest of a folder and its files, was written.
func lastChange(path string) (time.Time, error) {
	var last time.Time
	err := filepath.WalkDir(path, func(_ string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err == nil && info.ModTime().After(last) {
			last = info.ModTime()
		}
		return err
	})
	return last, err
}
