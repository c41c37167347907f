package library

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// List returns what is installed, pinned or not, in the order of the folders. A damaged library is
// listed with its fault.
func (s Store) List() ([]Installed, error) {
	s, err := s.filled()
	if err != nil {
		return nil, err
	}
	folders, err := filepath.Glob(filepath.Join(s.Dir, "[0-9]*", "*", "*"))
	if err != nil {
		return nil, err
	}
	var all []Installed
	for _, folder := range folders {
		item, err := s.inspect(folder)
		if err != nil {
			return nil, err
		}
		all = append(all, item)
	}
	return all, nil
}

// inspect describes one folder of the store, whose name is the start of its library's SHA-256.
func (s Store) inspect(folder string) (Installed, error) {
	item := Installed{
		Version: filepath.Base(filepath.Dir(filepath.Dir(folder))),
		Flavour: filepath.Base(filepath.Dir(folder)),
		Path:    folder,
		Fault:   "no file in it has the SHA-256 that its name begins; remove and install it again",
	}
	files, err := os.ReadDir(folder)
	if err != nil {
		return item, fmt.Errorf("list %s: %w", folder, err)
	}
	for _, f := range files {
		if !f.Type().IsRegular() {
			continue
		}
		path := filepath.Join(folder, f.Name())
		digest, err := Digest(path)
		if err != nil {
			return item, err
		}
		if !strings.HasPrefix(digest, filepath.Base(folder)) {
			continue
		}
		info, err := f.Info()
		if err != nil {
			return item, err
		}
		item.Path, item.SHA256, item.Bytes, item.Fault = path, digest, info.Size(), ""
		if r, source, ok := s.Manifest.Identify(digest); ok {
			item.Source, item.Licence = source.String(), r.Licence
		}
	}
	return item, nil
}

// Remove deletes the installed libraries of a version and flavour ("" for any) and returns them.
func (s Store) Remove(ctx context.Context, version, flavour string) ([]Installed, error) {
	s, err := s.filled()
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(s.Dir); errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	unlock, err := s.lock(ctx, func(Progress) {})
	if err != nil {
		return nil, err
	}
	defer func() { _ = unlock() }() // the system lets go of it in any case
	all, err := s.List()
	if err != nil {
		return nil, err
	}
	var removed []Installed
	for _, item := range all {
		if version != "" && item.Version != version || flavour != "" && item.Flavour != flavour {
			continue
		}
		folder := item.Path
		if item.Fault == "" {
			folder = filepath.Dir(folder)
		}
		if err := os.RemoveAll(folder); err != nil {
			return removed, fmt.Errorf("remove %s: %w", folder, err)
		}
		removed = append(removed, item)
		// The folders above go too once they are empty; Remove refuses those that are not.
		_ = os.Remove(filepath.Dir(folder))
		_ = os.Remove(filepath.Dir(filepath.Dir(folder)))
	}
	return removed, nil
}
