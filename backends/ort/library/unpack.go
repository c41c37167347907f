package library

import (
	"archive/tar"
	"archive/zip"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/acdeploy/acdeploy/internal/osfile"
)

// kindBare is a source whose file is the library itself.
const kindBare = "bare"

// unpack writes the listed members of a package into folder, each checked against its size and
// SHA-256. Nothing else is taken out.
func unpack(file string, s Source, folder string) error {
	wanted := map[string]Member{}
	for _, m := range s.Members {
		wanted[m.Path] = m
	}
	var err error
	switch {
	case s.Kind == kindBare:
		var f *os.File
		if f, err = os.Open(file); err == nil {
			err = writeMember(folder, s.Library(), f)
			_ = f.Close()
			delete(wanted, s.Library().Path)
		}
	case s.Kind == KindWheel || strings.HasSuffix(s.File, ".zip"):
		err = unzip(file, wanted, folder)
	default:
		err = untar(file, wanted, folder)
	}
	if err != nil {
		return fmt.Errorf("unpack %s: %w", s.File, err)
	}
	for path := range wanted {
		return fmt.Errorf("unpack %s: %s is missing in it", s.File, path)
	}
	return osfile.SyncFolder(folder)
}

// unzip takes the wanted members out of a zip archive, and out of the map.
func unzip(file string, wanted map[string]Member, folder string) error {
	z, err := zip.OpenReader(file)
	if err != nil {
		return err
	}
	defer func() { _ = z.Close() }()
	for _, f := range z.File {
		m, ok := wanted[f.Name]
		if !ok {
			continue
		}
		if !f.Mode().IsRegular() {
			return fmt.Errorf("%s is not a regular file", m.Path)
		}
		r, err := f.Open()
		if err != nil {
			return fmt.Errorf("%s: %w", m.Path, err)
		}
		err = writeMember(folder, m, r)
		_ = r.Close()
		if err != nil {
			return err
		}
		delete(wanted, m.Path)
	}
	return nil
}

// untar takes the wanted members out of a gzipped tar archive, and out of the map.
func untar(file string, wanted map[string]Member, folder string) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	zipped, err := gzip.NewReader(f)
	if err != nil {
		return err
	}
	for r := tar.NewReader(zipped); len(wanted) > 0; {
		header, err := r.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		m, ok := wanted[header.Name]
		if !ok {
			continue
		}
		if header.Typeflag != tar.TypeReg {
			return fmt.Errorf("%s is not a regular file", m.Path)
		}
		if err := writeMember(folder, m, r); err != nil {
			return err
		}
		delete(wanted, m.Path)
	}
	return nil
}

// writeMember copies a member to disk and checks it.
func writeMember(folder string, m Member, from io.Reader) error {
	f, err := os.OpenFile(filepath.Join(folder, m.Name()), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	var n int64
	digest, err := osfile.SHA256Of(func(w io.Writer) (err error) {
		n, err = io.Copy(io.MultiWriter(f, w), io.LimitReader(from, m.Size+1))
		return err
	})
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("%s: %w", m.Path, err)
	}
	return compare(m.Path, n, digest, m.Size, m.SHA256)
}

// checkFile compares a file with its pinned size and SHA-256.
func checkFile(path string, size int64, digest string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	got := ""
	if info.Size() == size {
		if got, err = Digest(path); err != nil {
			return err
		}
	}
	return compare(filepath.Base(path), info.Size(), got, size, digest)
}

func compare(name string, size int64, digest string, wantSize int64, wantDigest string) error {
	switch {
	case size > wantSize:
		return fmt.Errorf("%s is larger than the pinned %d bytes", name, wantSize)
	case size < wantSize:
		return fmt.Errorf("%s has %d bytes instead of the pinned %d: it is incomplete", name, size, wantSize)
	case digest != wantDigest:
		return fmt.Errorf("%s has sha256 %s instead of the pinned %s: it is not the file that was reviewed", name, digest, wantDigest)
	}
	return nil
}
