package library

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/acdeploy/acdeploy/internal/osfile"
)

// linked is the library that the dynamic linker knows.
func (s Store) linked(ldconfig func() (string, error)) (path, version string, err error) {
	if ldconfig == nil {
		ldconfig = runLdconfig
	}
	listing, err := ldconfig()
	if err != nil {
		return "", "", err
	}
	reason := errors.New("lists no libonnxruntime.so.1")
	for line := range strings.Lines(listing) {
		name, path, ok := strings.Cut(strings.TrimSpace(line), " => ")
		if !ok || !strings.HasPrefix(name, "libonnxruntime.so.1 ") {
			continue
		}
		usable, version, err := s.recentFile(path)
		if err == nil {
			return usable, version, nil
		}
		reason = err
	}
	return "", "", reason
}

// ofHomebrew is a library that Homebrew installed.
func (s Store) ofHomebrew(folders []string, getenv func(string) string) (path, version string, err error) {
	if folders == nil {
		for _, prefix := range []string{getenv("HOMEBREW_PREFIX"), "/opt/homebrew", "/usr/local", "/home/linuxbrew/.linuxbrew"} {
			if _, err := os.Stat(filepath.Join(prefix, "Cellar")); prefix != "" && err == nil {
				folders = append(folders, filepath.Join(prefix, "lib"))
			}
		}
	}
	if len(folders) == 0 {
		return "", "", errors.New("not on this system")
	}
	return s.inFolders(folders...)
}

// libraryFiles are the names of a library, by pattern.
func libraryFiles() []string {
	return []string{"libonnxruntime.so", "libonnxruntime.so.*", "libonnxruntime.dylib", "libonnxruntime.*.dylib", "onnxruntime.dll"}
}

// inFolders is the first library in folders that can be used, and that nobody else may change.
func (s Store) inFolders(folders ...string) (path, version string, err error) {
	reason := fmt.Errorf("%s holds no libonnxruntime", folders[0])
	for _, folder := range folders {
		for _, pattern := range libraryFiles() {
			found, _ := filepath.Glob(filepath.Join(folder, pattern)) // the only error is a folder that is a wrong pattern
			for _, file := range found {
				usable, version, err := s.recentFile(file)
				if err == nil {
					err = osfile.CheckExposed(filepath.Dir(usable), usable)
				}
				if err == nil {
					return usable, version, nil
				}
				reason = err
			}
		}
	}
	return "", "", reason
}

// inName is the version in the name of a library, such as libonnxruntime.so.1.24.2 or libonnxruntime.1.24.2.dylib.
var inName = regexp.MustCompile(`\.([0-9]+\.[0-9]+(\.[0-9]+)*)(\.dylib)?$`)

// recentFile is a library, unless its name says that it is older than the binding needs. Links are followed for the name.
func (s Store) recentFile(file string) (path, version string, err error) {
	if path, err = s.usable(file); err != nil {
		return "", "", err
	}
	if said := inName.FindStringSubmatch(filepath.Base(resolved(path))); said != nil {
		version = said[1]
		if err := s.recent(path, version); err != nil {
			return "", "", err
		}
	}
	return path, version, nil
}

// ldconfigLimit is more than the linker's cache has ever taken to print.
const ldconfigLimit = 10 * time.Second

// runLdconfig prints the linker's cache. The program often lies outside the user's PATH.
func runLdconfig() (string, error) {
	program, err := exec.LookPath("ldconfig")
	if err != nil {
		program = "/sbin/ldconfig"
	}
	ctx, cancel := context.WithTimeout(context.Background(), ldconfigLimit)
	defer cancel()
	out, err := exec.CommandContext(ctx, program, "-p").Output()
	if err != nil {
		return "", errors.New("not on this system")
	}
	return string(out), nil
}
