package osfile

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

// scratch is the name of a folder that [MakeScratch] makes: .acdeploy-WORD.0123456789abcdef.tmp
const scratch = `^\.acdeploy-[a-z]+` + temporaryEnd

// PassScratch is the word for the folder of a program that is a pass. The program may make folders in its own: what is left of them is
// swept, too.
const PassScratch = "pass"

// MakeScratch makes a folder in the system's folder for temporary files, for what only this process and those that it starts
// read. What is a word for what it is made for. Remove removes it; where this process is killed before, [SweepScratch] of a
// later one does.
func MakeScratch(what string) (folder string, remove func() error, err error) {
	folder, unlock, err := MakeTempFolder(filepath.Join(os.TempDir(), "acdeploy-"+what))
	if err != nil {
		return "", nil, err
	}
	return folder, func() error {
		defer unlock()
		return os.RemoveAll(folder)
	}, nil
}

// SweepScratch removes the folders of [MakeScratch] that killed processes of this user left: those that nobody holds, and that
// are older than a writer may take. Whatever is in doubt stays; see [LeftScratch].
func SweepScratch() { sweepScratch(os.TempDir(), time.Now().Add(-WriterLimit)) }

func sweepScratch(in string, before time.Time) {
	for _, folder := range scratches(in) {
		at, err := lastChange(folder)
		if err != nil || !at.Before(before) {
			continue
		}
		if unlock, held, err := tryLock(folder, os.O_RDONLY); err == nil && held {
			sweep(folder, before) // of models that were being written into it
			if strings.HasPrefix(filepath.Base(folder), ".acdeploy-"+PassScratch+".") || holdsFilesOnly(folder) {
				_ = os.RemoveAll(folder) // what cannot be removed is named by LeftScratch
			}
			_ = unlock()
		}
	}
}

// LeftScratch lists the folders of [MakeScratch] of this user that no living process is known to hold.
func LeftScratch() []string {
	return unheld(scratches(os.TempDir()))
}

// scratches are the folders in a folder whose names only MakeScratch gives, and which it made for this user.
func scratches(in string) []string {
	entries, err := os.ReadDir(in)
	if err != nil {
		return nil
	}
	named := regexp.MustCompile(scratch)
	var found []string
	for _, e := range entries {
		if !e.IsDir() || !named.MatchString(e.Name()) {
			continue
		}
		info, err := e.Info()
		if err != nil {
			continue // such as where its maker has just removed it
		}
		if about, known := identityOf(info); known && about.owner == os.Geteuid() {
			found = append(found, filepath.Join(in, e.Name()))
		}
	}
	return found
}
