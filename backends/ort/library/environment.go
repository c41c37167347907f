package library

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// inEnvironment is the library in the folder of a Python environment: in its package onnxruntime, or, in one of conda, among its libraries.
func (s Store) inEnvironment(folder string) (path, version string, err error) {
	reason := fmt.Errorf("%s has no package onnxruntime", folder)
	for _, pattern := range []string{"lib/python3*/site-packages", "lib/python3*/dist-packages", "Lib/site-packages"} {
		sites, _ := filepath.Glob(filepath.Join(folder, pattern, "onnxruntime")) // the only error is a folder that is a wrong pattern
		for _, site := range sites {
			path, version, err := s.inPackage(site)
			if err == nil {
				return path, version, nil
			}
			if _, bad := errors.AsType[*unfit](err); bad {
				return "", "", err
			}
			reason = err
		}
	}
	if _, err := os.Stat(filepath.Join(folder, "conda-meta")); err != nil {
		return "", "", reason
	}
	path, version, err = s.inFolders(filepath.Join(folder, "lib"), filepath.Join(folder, "Library", "bin"))
	if err != nil {
		return "", "", fmt.Errorf("%w, and %w", reason, err)
	}
	return path, version, nil
}

// besideProgram is the library in the Python environment whose programs this one lies among.
func (s Store) besideProgram(program func() (string, error)) (path, version string, err error) {
	if program == nil {
		program = os.Executable
	}
	file, err := program()
	if err != nil {
		return "", "", err
	}
	reason := errors.New("it lies in none")
	for _, file := range []string{file, resolved(file)} { // pipx links to the program
		programs := filepath.Dir(file)
		if name := filepath.Base(programs); name != "bin" && name != "Scripts" {
			continue
		}
		if path, version, err = s.inEnvironment(filepath.Dir(programs)); err == nil {
			return path, version, nil
		}
		reason = err
	}
	return "", "", reason
}
