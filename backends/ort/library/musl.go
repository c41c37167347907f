package library

import (
	"cmp"
	"debug/elf"
	"path/filepath"
	"slices"
)

// MuslRemedy is what to do on a system with musl in place of glibc.
const MuslRemedy = "use a system with glibc, such as an image of Debian, or the onnxruntime of this one (apk add onnxruntime) and an acdeploy that was built here; fuse and verify run without it"

// Musl reports whether this is a Linux whose C library is musl, as Alpine's is. ONNX Runtime's own libraries need glibc.
func Musl() bool { return Store{}.musl() }

func (s Store) musl() bool {
	root := cmp.Or(s.root, "/")
	has := func(patterns ...string) bool {
		for _, p := range patterns {
			if found, _ := filepath.Glob(filepath.Join(root, p)); len(found) > 0 { // the only error is a wrong pattern
				return true
			}
		}
		return false
	}
	return has("lib/ld-musl-*.so.1") && !has("lib64/ld-linux-*.so.*", "lib/ld-linux-*.so.*")
}

// needsGlibc reports whether an ELF library asks for glibc.
func needsGlibc(path string) bool {
	f, err := elf.Open(path)
	if err != nil {
		return false
	}
	defer func() { _ = f.Close() }()
	names, err := f.ImportedLibraries()
	return err == nil && slices.Contains(names, glibcName)
}
