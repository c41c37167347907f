package library

import (
	"debug/elf"
	"debug/macho"
	"debug/pe"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	homedir "github.com/mitchellh/go-homedir"
)

// usable returns the absolute path of a file that can be a library of this platform.
func (s Store) usable(path string) (string, error) {
	expanded, err := homedir.Expand(path)
	if err != nil {
		return "", fmt.Errorf("%s: %w", path, err)
	}
	abs, err := filepath.Abs(expanded)
	if err != nil {
		return "", fmt.Errorf("%s: %w", path, err)
	}
	info, err := os.Stat(abs)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return "", fmt.Errorf("%s does not exist", abs)
	case err != nil:
		return "", err
	case info.IsDir():
		return "", fmt.Errorf("%s is a folder; name the library in it", abs)
	case !info.Mode().IsRegular():
		return "", fmt.Errorf("%s is not a regular file", abs)
	}
	s = s.placed() // no folder: a library that is named needs no home
	if err := isLibrary(abs, s.OS, s.Arch); err != nil {
		return "", fmt.Errorf("%s %w", abs, err)
	}
	if s.OS == "linux" && s.musl() && needsGlibc(abs) {
		return "", fmt.Errorf("%s needs glibc, and this system has musl: %s", abs, MuslRemedy)
	}
	if s.OS == "linux" {
		if err := s.fitsGlibc(abs+" needs", glibcOf(abs)); err != nil {
			return "", err
		}
	}
	return abs, nil
}

// isLibrary checks that the file is in the platform's format for the processor.
func isLibrary(path, goos, arch string) error {
	var machine, want string
	var err error
	switch goos {
	case "darwin":
		var f *macho.File
		if f, err = macho.Open(path); err == nil {
			_ = f.Close()
			machine = f.Cpu.String()
			want = map[string]string{"amd64": macho.CpuAmd64.String(), "arm64": macho.CpuArm64.String()}[arch]
		} else if fat, fatErr := macho.OpenFat(path); fatErr == nil {
			return fat.Close() // holds several processors' code; the loader picks
		}
	case "windows":
		var f *pe.File
		if f, err = pe.Open(path); err == nil {
			_ = f.Close()
			machine = fmt.Sprintf("%#x", f.Machine)
			want = map[string]string{"amd64": "0x8664", "arm64": "0xaa64"}[arch]
		}
	default:
		var f *elf.File
		if f, err = elf.Open(path); err == nil {
			_ = f.Close()
			machine = f.Machine.String()
			want = machineOf(arch)
		}
	}
	switch {
	case err != nil:
		return fmt.Errorf("is not a shared library of %s, or is incomplete", goos)
	case want != "" && machine != want:
		return fmt.Errorf("is a library for %s, this is %s (%s)", machine, want, arch)
	}
	return nil
}

// machineOf is the processor as an ELF file names it; "" for one that is not known.
func machineOf(arch string) string {
	return map[string]string{"amd64": elf.EM_X86_64.String(), "arm64": elf.EM_AARCH64.String()}[arch]
}
