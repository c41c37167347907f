package external

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/acdeploy/acdeploy/internal/human"
	"github.com/acdeploy/acdeploy/internal/osfile"
	"github.com/acdeploy/acdeploy/pipeline"
)

// program is what a command names, found in the file system.
type program struct {
	path   string // absolute
	args   []string
	folder string // absolute, in which it runs
	about  pipeline.Program
}

// String is the command as a person would type it.
func (p program) String() string {
	return human.Printable(human.CommandLine(p.about.Command))
}

// find looks for the program of a command, and computes the digests of it and of those of its arguments that are files. Paths are
// relative to the folder; a word without one is looked for where the system looks for programs.
func find(folder string, command []string) (program, error) {
	folder, err := filepath.Abs(folder)
	if err != nil {
		return program{}, fmt.Errorf("find the folder of the configuration: %w", err)
	}
	p := program{args: command[1:], folder: folder, about: pipeline.Program{Command: command}}
	shown := command[0]
	if filepath.Base(command[0]) == command[0] {
		if p.path, err = exec.LookPath(command[0]); err != nil {
			return p, fmt.Errorf("find program %s: it is in no folder of PATH; install it, or name its path", human.Printable(command[0]))
		}
		if p.path, err = filepath.Abs(p.path); err != nil {
			return p, fmt.Errorf("find program %s: %w", human.Printable(command[0]), err)
		}
		shown = p.path
	} else if p.path = within(folder, command[0]); !executable(p.path) {
		return p, fmt.Errorf("find program %s: %s", human.Printable(command[0]), whyNot(p.path))
	}
	if err := p.digest(p.path, shown); err != nil {
		return p, err
	}
	for _, word := range p.args {
		path := within(folder, word)
		if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() {
			continue
		}
		if err := p.digest(path, word); err != nil {
			return p, err
		}
	}
	return p, nil
}

// digest notes a file of the program by the name that the command has for it.
func (p *program) digest(path, shown string) error {
	sum, err := osfile.SHA256(path)
	if err != nil {
		return fmt.Errorf("compute the digest of %s: %w", human.Printable(shown), osfile.Cause(err))
	}
	p.about.Files = append(p.about.Files, pipeline.ProgramFile{Path: shown, SHA256: sum})
	return nil
}

// within is a path that may be relative to a folder.
func within(folder, path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(folder, path)
}

func executable(path string) bool {
	_, err := exec.LookPath(path)
	return err == nil
}

// whyNot says why a path is none of a program.
func whyNot(path string) string {
	switch info, err := os.Stat(path); {
	case errors.Is(err, fs.ErrNotExist):
		return "there is no such file; a path is relative to the folder of the configuration file"
	case err != nil:
		return osfile.Cause(err).Error()
	case info.IsDir():
		return "it is a folder; name a program"
	}
	return "it is not executable; make it so with chmod +x, or name its interpreter first"
}
