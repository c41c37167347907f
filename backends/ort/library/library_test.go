package library

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func digestOf(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// entry is one member of an archive made by a test.
type entry struct {
	name string
	data []byte
	link string // makes it a symbolic link
}

func makeZip(t *testing.T, entries ...entry) []byte {
	t.Helper()
	var buf bytes.Buffer
	z := zip.NewWriter(&buf)
	for _, e := range entries {
		header := &zip.FileHeader{Name: e.name, Method: zip.Deflate}
		header.SetMode(0o644)
		if e.link != "" {
			header.SetMode(fs.ModeSymlink | 0o777)
			e.data = []byte(e.link)
		}
		w, err := z.CreateHeader(header)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(e.data); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

func makeTgz(t *testing.T, entries ...entry) []byte {
	t.Helper()
	var buf bytes.Buffer
	zipped := gzip.NewWriter(&buf)
	w := tar.NewWriter(zipped)
	for _, e := range entries {
		header := &tar.Header{Name: e.name, Mode: 0o644, Size: int64(len(e.data)), Typeflag: tar.TypeReg}
		if e.link != "" {
			header.Typeflag, header.Linkname, header.Size = tar.TypeSymlink, e.link, 0
		}
		if err := w.WriteHeader(header); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(e.data[:header.Size]); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := zipped.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

var libraryBytes = bytes.Repeat([]byte("the library "), 1000)

const (
	wheelFile   = "onnxruntime-9.9.9-cp312.whl"
	npmFile     = "onnxruntime-node-9.9.8.tgz"
	archiveFile = "onnxruntime-9.9.7.tgz"
	memberPath  = "onnxruntime/capi/libonnxruntime.so.9.9.9"
)

func pinned(kind, file string, archive []byte) Source {
	s := Source{
		Kind: kind, File: file, Size: int64(len(archive)), SHA256: digestOf(archive),
		Members: []Member{{Path: memberPath, Size: int64(len(libraryBytes)), SHA256: digestOf(libraryBytes)}},
	}
	switch kind {
	case KindWheel:
		s.Package, s.Platform, s.Python = "onnxruntime==9.9.9", "somelinux", "3.12"
	case KindNPM:
		s.Package = "onnxruntime-node@9.9.8"
	case KindArchive:
		s.URL = "https://example.invalid/" + file
	}
	return s
}

// storeOf makes a store in a folder of its own whose manifest has these sources, best first.
func storeOf(t *testing.T, sources ...Source) Store {
	t.Helper()
	m := &Manifest{Minimum: "9.0.0", Unsupported: map[string]string{"darwin/amd64": "it is too old"}}
	for i, s := range sources {
		m.Runtimes = append(m.Runtimes, Runtime{
			Version: "9.9." + string(rune('9'-i)), OS: "linux", Arch: "amd64", Flavour: "cpu", Licence: "MIT", Sources: []Source{s},
		})
	}
	if err := m.Validate(); err != nil {
		t.Fatal(err)
	}
	return Store{Dir: filepath.Join(t.TempDir(), "store"), Manifest: m, OS: "linux", Arch: "amd64"}
}

// storeOfOne is a store whose one version has all these sources, best first.
func storeOfOne(t *testing.T, sources ...Source) Store {
	t.Helper()
	s := storeOf(t, sources[0])
	s.Manifest.Runtimes[0].Sources = sources
	return s
}

// tools puts shell scripts of those names into a PATH that holds nothing else but the tools they use.
func tools(t *testing.T, scripts map[string]string) (folder string) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("the stand-ins for pip and npm are shell scripts")
	}
	folder = t.TempDir()
	for name, script := range scripts {
		if err := os.WriteFile(filepath.Join(folder, name), []byte("#!/bin/sh\n"+script), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", folder)
	return folder
}

// fakePip answers --version, notes its arguments, and puts the file in the folder after --dest.
func fakePip(version, file string) string {
	return `case "$*" in *--version*) echo "pip ` + version + ` from somewhere (python 3.12)"; exit 0;; esac
echo "$@" >> "` + file + `.args"
while [ $# -gt 1 ]; do [ "$1" = --dest ] && dest=$2; shift; done
/bin/cp "` + file + `" "$dest/"
`
}

// fakeNPM does the same for the folder after --pack-destination.
func fakeNPM(file string) string {
	return `echo "$@" >> "` + file + `.args"
while [ $# -gt 1 ]; do [ "$1" = --pack-destination ] && dest=$2; shift; done
/bin/cp "` + file + `" "$dest/"
`
}

func write(t *testing.T, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// left lists the files under a folder, but for the lock.
func left(t *testing.T, dir string) []string {
	t.Helper()
	var files []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && path != dir && d.Name() != ".lock" {
			rel, _ := filepath.Rel(dir, path)
			files = append(files, rel)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func wantError(t *testing.T, err error, part string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), part) {
		t.Errorf("error is %v, want %q in it", err, part)
	}
}

func TestUserDir(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", filepath.Join(t.TempDir(), "cache"))
	s, err := Store{}.filled()
	if err != nil || s.Dir != filepath.Join(os.Getenv("XDG_CACHE_HOME"), "acdeploy", "ort") {
		t.Errorf("the store is %s, %v", s.Dir, err)
	}
	t.Setenv("XDG_CACHE_HOME", "relative")
	if s, err = (Store{}).filled(); err != nil || !strings.HasSuffix(s.Dir, filepath.Join(".cache", "acdeploy", "ort")) {
		t.Errorf("the store is %s, %v", s.Dir, err)
	}
}
