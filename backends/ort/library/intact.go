package library

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/acdeploy/acdeploy/internal/osfile"
)

// seenFile lies next to an installed library. It says which files of the folder were compared with the manifest, so that
// they are read again only when they change or when the machine starts.
const seenFile = ".seen.json"

// seen is a file as it was when it had that digest.
type seen struct {
	osfile.Stamp
	SHA256 string `json:"sha256"`
}

// intact returns an [*unfit] unless the files of an installed source are those that were installed, and nobody else may
// change them.
func (s Store) intact(c candidate) error {
	folder := s.folder(c.Runtime, c.Library().SHA256)
	if err := s.guarded(folder, c.Source); err != nil {
		return err
	}
	known, now, news := readSeen(folder, seenFile), map[string]seen{}, false
	for _, m := range c.Members {
		path := filepath.Join(folder, m.Name())
		stamp, err := osfile.StampOf(path)
		if err != nil {
			return damaged(path, c.Runtime, osfile.Cause(err))
		}
		file := seen{stamp, m.SHA256} // the stamp is from before the file is read, so that no change is missed
		if now[m.Name()] = file; known[m.Name()] == file {
			continue
		}
		if err := checkFile(path, m.Size, m.SHA256); err != nil {
			return damaged(path, c.Runtime, err)
		}
		news = true
	}
	if news {
		keepSeen(filepath.Join(folder, seenFile), now)
	}
	return nil
}

// wheelsFile lies in the store. It says which libraries of wheels were digested, as [seenFile] does, by path.
const wheelsFile = ".wheels.json"

// digestOnce is the SHA-256 of a library that lies elsewhere. It is read again only when it changes or when the machine starts.
func (s Store) digestOnce(path string) (string, error) {
	stamp, err := osfile.StampOf(path)
	if err != nil {
		return "", osfile.Cause(err)
	}
	s, errStore := s.filled()
	known := readSeen(s.Dir, wheelsFile)
	if file, ok := known[path]; ok && errStore == nil && file.Stamp == stamp {
		return file.SHA256, nil
	}
	digest, err := Digest(path)
	if err == nil && errStore == nil && os.MkdirAll(s.Dir, 0o755) == nil {
		if known == nil {
			known = map[string]seen{}
		}
		known[path] = seen{stamp, digest}
		keepSeen(filepath.Join(s.Dir, wheelsFile), known)
	}
	return digest, err
}

// keepSeen keeps what was read. Where it cannot be kept, the files are read each time.
func keepSeen(file string, now map[string]seen) {
	_ = osfile.Replace(file, func(w io.Writer) error { return json.NewEncoder(w).Encode(now) })
}

// readSeen is what was kept; nothing where that cannot be read.
func readSeen(folder, name string) map[string]seen {
	var known map[string]seen
	text, err := os.ReadFile(filepath.Join(folder, name))
	if err != nil || json.Unmarshal(text, &known) != nil {
		return nil
	}
	return known
}

// guarded refuses what others may change: the files of a source in its folder, the folders up to the store, and the store.
func (s Store) guarded(folder string, source Source) error {
	paths := []string{s.Dir, filepath.Dir(filepath.Dir(folder)), filepath.Dir(folder), folder}
	for _, m := range source.Members {
		if path := filepath.Join(folder, m.Name()); exists(path) {
			paths = append(paths, path)
		}
	}
	return asUnfit(osfile.CheckExposed(paths...))
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// unfit is an installed library that must not be used.
type unfit struct{ reason, remedy string }

// Error is the reason.
func (u *unfit) Error() string { return u.reason }

// damaged is a library that is not what was installed.
func damaged(path string, r Runtime, err error) error {
	install := InstallCommand
	if r.Flavour != "cpu" {
		install += " " + r.Flavour
	}
	return &unfit{fmt.Sprintf("%s is damaged: %v", path, err), "run: " + install}
}

// asUnfit gives an error of osfile the remedy that it knows.
func asUnfit(err error) error {
	if exposed, ok := errors.AsType[*osfile.Exposed](err); ok {
		return &unfit{exposed.Error(), exposed.Remedy}
	}
	return err
}
