package library

import (
	"archive/tar"
	"archive/zip"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"

	"github.com/acdeploy/acdeploy/internal/osfile"
)

// part is one file inside a package.
type part struct {
	name    string // its path inside, with slashes
	size    int64
	regular bool
	open    func() (io.ReadCloser, error)
}

// visitor looks at a part, and says whether it has seen enough.
type visitor func(part) (enough bool, err error)

// mostParts bounds how many files of a folder are looked at, so that a home folder named by mistake is soon told.
const mostParts = 100_000

// parts visits the files of a package: of a zip archive, of a gzipped tar archive or of a folder. Any other file is the one
// part of itself. The content tells them apart: a file may have been renamed.
func parts(path string, visit visitor) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if info.IsDir() {
		return folderParts(path, visit)
	}
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	magic := make([]byte, 2)
	n, _ := f.ReadAt(magic, 0)
	switch string(magic[:n]) {
	case "PK":
		return zipParts(path, visit)
	case "\x1f\x8b":
		return tarParts(f, visit)
	}
	_, err = visit(part{filepath.Base(path), info.Size(), info.Mode().IsRegular(), func() (io.ReadCloser, error) { return os.Open(path) }})
	return err
}

func folderParts(folder string, visit visitor) error {
	count := 0
	return filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		if count++; count > mostParts {
			return fmt.Errorf("it holds more than %d files; name the folder in which the library lies", mostParts)
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		name, err := filepath.Rel(folder, path)
		if err != nil {
			return err
		}
		enough, err := visit(part{filepath.ToSlash(name), info.Size(), d.Type().IsRegular(), func() (io.ReadCloser, error) { return os.Open(path) }})
		if enough && err == nil {
			return fs.SkipAll
		}
		return err
	})
}

func zipParts(path string, visit visitor) error {
	z, err := zip.OpenReader(path)
	if err != nil {
		return err
	}
	defer func() { _ = z.Close() }()
	for _, f := range z.File {
		size := int64(min(f.UncompressedSize64, 1<<62))
		enough, err := visit(part{f.Name, size, f.Mode().IsRegular(), f.Open})
		if enough || err != nil {
			return err
		}
	}
	return nil
}

func tarParts(f io.Reader, visit visitor) error {
	zipped, err := gzip.NewReader(f)
	if err != nil {
		return err
	}
	for r := tar.NewReader(zipped); ; {
		header, err := r.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		open := func() (io.ReadCloser, error) { return io.NopCloser(r), nil }
		enough, err := visit(part{header.Name, header.Size, header.Typeflag == tar.TypeReg, open})
		if enough || err != nil {
			return err
		}
	}
}

// unpack writes the wanted parts of a package into folder, each checked against the size and the SHA-256 of its member.
// Nothing else is taken out.
func unpack(path string, wanted map[string]Member, folder string) error {
	left := maps.Clone(wanted)
	err := parts(path, func(p part) (bool, error) {
		m, ok := left[p.name]
		if !ok {
			return false, nil
		}
		if !p.regular {
			return false, fmt.Errorf("%s is not a regular file", p.name)
		}
		r, err := p.open()
		if err != nil {
			return false, fmt.Errorf("%s: %w", p.name, err)
		}
		err = writeMember(folder, m, r)
		_ = r.Close()
		delete(left, p.name)
		return len(left) == 0, err
	})
	if err != nil {
		return fmt.Errorf("unpack %s: %w", filepath.Base(path), err)
	}
	for name := range left {
		return fmt.Errorf("unpack %s: %s is missing in it", filepath.Base(path), name)
	}
	return osfile.SyncFolder(folder)
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
