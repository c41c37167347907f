package library

import (
	"cmp"
	"debug/elf"
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
)

// glibcRemedy is what to do on a system whose glibc is older than ONNX Runtime's own libraries need.
const glibcRemedy = "use a newer system, such as Debian 10, Ubuntu 20.04 or RHEL 8, or an onnxruntime that was built for this one; fuse and verify run without it"

// fitsGlibc refuses what needs a newer glibc than this system has. A system on which none is found is not judged: the dynamic linker has
// the last word.
func (s Store) fitsGlibc(what, needed string) error {
	have := s.glibc()
	if needed == "" || have == "" || atLeast(have, needed) {
		return nil
	}
	return fmt.Errorf("%s glibc %s, and this system's goes up to %s", what, needed, have)
}

// outdated says why none of the libraries that [Store.Install] gives unasked can be loaded on this system; nil where one can.
func (s Store) outdated() error {
	s, err := s.filled()
	if err != nil {
		return nil // whoever installs says so
	}
	rows, err := s.Manifest.For(s.OS, s.Arch, "cpu")
	if err != nil {
		return nil
	}
	for _, r := range rows {
		if err = s.supports(r); err == nil {
			return nil
		}
	}
	return err
}

// supports refuses a runtime whose libraries need a newer glibc.
func (s Store) supports(r Runtime) error {
	said := needsInWords.FindStringSubmatch(r.Needs)
	if said == nil {
		return nil
	}
	return s.fitsGlibc("onnxruntime "+r.Version+" needs", said[1])
}

// needsInWords is the glibc that a runtime needs, as the manifest says it.
var needsInWords = regexp.MustCompile(`^glibc ([0-9]+\.[0-9]+)\b`)

// glibc is the newest version that the glibc of this system defines symbols of; "" where there is none at the usual places.
func (s Store) glibc() string {
	s = s.placed()
	for _, folder := range systemFolders() {
		f, err := elf.Open(filepath.Join(cmp.Or(s.root, "/"), folder, glibcName))
		if err != nil {
			continue
		}
		defined, err := f.DynamicVersions()
		right := f.Machine.String() == machineOf(s.Arch)
		if err = errors.Join(err, f.Close()); err != nil || !right {
			continue
		}
		newest := ""
		for _, v := range defined {
			newest = newerGlibc(newest, v.Name)
		}
		return newest
	}
	return ""
}

// glibcOf is the newest version of glibc that an ELF library asks symbols of; "" for none. A version of which it asks only weak symbols
// may be absent.
func glibcOf(path string) string {
	f, err := elf.Open(path)
	if err != nil {
		return ""
	}
	defer func() { _ = f.Close() }()
	needs, err := f.DynamicVersionNeeds()
	if err != nil {
		return ""
	}
	newest := ""
	for _, library := range needs {
		for _, v := range library.Needs {
			if v.Flags&elf.VER_FLG_WEAK == 0 {
				newest = newerGlibc(newest, v.Dep)
			}
		}
	}
	return newest
}

// glibcName is how programs ask for glibc.
const glibcName = "libc.so.6"

// newerGlibc is the newer one of a version and of that of a symbol, such as GLIBC_2.17. Others, such as GLIBC_PRIVATE, have none.
func newerGlibc(version, symbol string) string {
	other, ok := strings.CutPrefix(symbol, "GLIBC_")
	if !ok || !atLeast(other, "0.0") || atLeast(version, other) {
		return version
	}
	return other
}
