package tensorrt

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/internal/osfile"
)

// program is a trtexec with what it can do.
type program struct {
	path    string
	source  string // what named it
	version version
	options map[string]bool // by name, without the dashes
}

// has reports whether the help names an option.
func (p program) has(option string) bool { return p.options[option] }

// The oldest version whose command line and files are known.
const oldestMajor, oldestMinor = 8, 6

// remedyInstall is what to do where there is no trtexec.
const remedyInstall = "install NVIDIA TensorRT 8.6, 10 or 11 and set ACDEPLOY_TRTEXEC to its trtexec"

// programVariable is the environment variable that names trtexec.
const programVariable = "ACDEPLOY_TRTEXEC"

// find names the trtexec to use: the given one, that of ACDEPLOY_TRTEXEC, or the first in the usual
// places. One that is named outright is never passed over.
func find(named string) (path, source string, err error) {
	source = "trtexec"
	if named == "" {
		named, source = os.Getenv(programVariable), programVariable
	}
	if named != "" {
		path, err := exec.LookPath(named)
		if err != nil {
			return "", source, &backends.Unavailable{
				Reason: fmt.Sprintf("%s names %s, which cannot be run", source, named), Remedy: "correct " + source + ", or unset it", Broken: source == programVariable, Err: err,
			}
		}
		path, err = filepath.Abs(path)
		return path, source, err
	}
	for _, place := range []string{"trtexec", "/usr/src/tensorrt/bin/trtexec", "/opt/tensorrt/bin/trtexec"} {
		if path, err := exec.LookPath(place); err == nil {
			path, err = filepath.Abs(path)
			return path, "PATH", err
		}
	}
	return "", "", &backends.Unavailable{Reason: "no trtexec was found on the PATH", Remedy: remedyInstall}
}

// probeTime is how long trtexec may take to say what it is, and to open the GPU.
const probeTime = time.Minute

// ask has a trtexec say its version and options, for which it needs no GPU. It is asked with --help
// alone: some versions open the GPU as soon as there is another option.
func ask(ctx context.Context, path string) (program, error) {
	out := run(ctx, command{path: path, args: []string{"--help"}, timeout: probeTime})
	v, ok := parseVersion(out.stdout)
	if !ok {
		if ctx.Err() != nil {
			return program{}, ctx.Err()
		}
		err := diagnose(stepProbe, out)
		if _, ok := errors.AsType[*backends.Unavailable](err); ok {
			return program{}, err
		}
		return program{}, &backends.Unavailable{
			Reason: fmt.Sprintf("%s does not answer as trtexec does", path), Remedy: remedyInstall, Err: err,
		}
	}
	return program{path: path, version: v, options: parseHelp(out.stdout)}, nil
}

// probe finds trtexec, asks it what it is, and has it open the GPU and its libraries, which it does
// before it misses the engine that it is told to load.
func probe(ctx context.Context, named string, device int) (program, error) {
	path, source, err := find(named)
	if err != nil {
		return program{}, err
	}
	p, err := ask(ctx, path)
	if err != nil {
		return program{}, err
	}
	p.source = source
	if !p.version.atLeast(oldestMajor, oldestMinor) {
		return program{}, &backends.Unavailable{
			Reason: fmt.Sprintf("%s is of TensorRT %s, older than %d.%d", path, p.version, oldestMajor, oldestMinor), Remedy: remedyInstall,
		}
	}
	folder, remove, err := osfile.MakeScratch("trtexec")
	if err != nil {
		return program{}, err
	}
	defer func() { _ = remove() }() // what stays is swept
	args := []string{"--loadEngine=absent.plan", fmt.Sprintf("--device=%d", device)}
	out := run(ctx, command{path: path, args: args, folder: folder, timeout: probeTime})
	if ctx.Err() != nil {
		return program{}, ctx.Err()
	}
	err = diagnose(stepProbe, out)
	var fault *Fault
	switch {
	case err == nil, errors.As(err, &fault) && fault.Kind == engineAbsent:
		return p, nil
	case errors.As(err, &fault) && fault.Kind == deviceAbsent:
		return program{}, fault
	case errors.Is(err, backends.ErrUnavailable):
		return program{}, err
	case out.timedOut || out.flooded || out.signal != "":
		return program{}, &backends.Unavailable{Reason: err.Error(), Remedy: "look whether " + path + " runs by itself", Err: err}
	}
	return p, nil // what it says of the missing engine is not known; building will show
}

// supports reports why a precision cannot be asked of this version.
func (p program) supports(precision string) error {
	flag := map[string]string{"fp16": "fp16", "bf16": "bf16"}[precision]
	switch {
	case flag == "" || p.has(flag):
		return nil
	case p.version.major >= 11:
		return fmt.Errorf("precision %s: TensorRT %s takes the types of the model as they are; convert the model to %s itself, for instance with AutoCast of NVIDIA's ModelOpt, and leave the precision at fp32",
			precision, p.version, precision)
	}
	return fmt.Errorf("precision %s: TensorRT %s does not have this precision; use fp16, or TensorRT 10", precision, p.version)
}
