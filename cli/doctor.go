package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/acdeploy/acdeploy"
	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/backends/ort/library"
	"github.com/acdeploy/acdeploy/internal/host"
	"github.com/acdeploy/acdeploy/internal/human"
)

func newDoctorCmd(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "say what was found on this machine, what is missing, and what to do",
		Args:  noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.showChecks(cmd.Context(), "acdeploy.doctor/v1", a.diagnose(cmd.Context()))
		},
	}
	a.addLibrary(cmd)
	a.addTimeout(cmd)
	a.addJSON(cmd)
	return cmd
}

func (a *app) diagnose(ctx context.Context) []check {
	version, revision := host.Build()
	facts := host.Read(ctx)
	found := []check{
		{Name: "acdeploy", State: "ok", Detail: fmt.Sprintf("%s (%s), %s, %s/%s", version, revision, facts.Process.GoVersion, runtime.GOOS, runtime.GOARCH)},
		machine(facts), quiet(facts), limits(facts),
	}
	if !facts.Process.Cgo {
		found = append(found, check{"cgo", "absent", "built without cgo: ONNX Runtime cannot be loaded", "build it with CGO_ENABLED=1 and a C compiler"})
	}
	found = append(found, a.backendChecks(ctx)...)
	found = append(found, a.places()...)
	found = append(found, a.providers()...)
	found = append(found, installed()...)
	found = append(found, tool("pip", "brings ONNX Runtime", "pip3", "pip"), tool("npm", "brings ONNX Runtime where pip is not there", "npm"))
	return append(append(found, gpu(facts), configuration()), leftOver()...)
}

func machine(f host.Facts) check {
	return check{"cpu", "ok", fmt.Sprintf("%s, %d cores, %s %s", f.CPU.Brand, f.CPU.LogicalCores, f.System.Distribution, f.System.Kernel), ""}
}

// quiet says whether the machine is fit for measuring.
func quiet(f host.Facts) check {
	c := check{Name: "clock", State: "ok", Detail: "governor " + f.Frequency.Governor + ", load " + f.Load.Average1}
	if load, err := strconv.ParseFloat(f.Load.Average1, 64); err == nil && load > float64(max(f.CPU.LogicalCores, 1))/2 {
		c.State, c.Remedy = "warn", fmt.Sprintf("other programs use the %s; end them before you measure", human.Count(f.CPU.LogicalCores, "processor"))
		return c
	}
	switch f.Frequency.Governor {
	case "powersave", "ondemand", "schedutil", "conservative":
		c.State, c.Remedy = "warn", "for steadier latencies: cpupower frequency-set -g performance"
	}
	return c
}

func gpu(f host.Facts) check {
	if len(f.GPUs) == 0 {
		return check{"gpu", "absent", f.GPUNote, "to measure on one, use a machine with an NVIDIA GPU and its driver"}
	}
	return check{"gpu", "ok", fmt.Sprintf("%s, driver %s", f.GPUs[0].Name, f.GPUs[0].Driver), ""}
}

func tool(name, what string, programs ...string) check {
	for _, p := range programs {
		if path, err := exec.LookPath(p); err == nil {
			return check{name, "ok", path, ""}
		}
	}
	return check{name, "absent", "not found; it " + what, "install " + name + ", or give a file: " + library.InstallCommand + " --from FILE"}
}

// places lists where ONNX Runtime was looked for, in order, up to the place where it is.
func (a *app) places() []check {
	found, err := library.Store{}.Resolve(library.Request{Flag: a.library})
	if err == nil {
		return []check{{"library", "ok", found.Way(), ""}}
	}
	nowhere, ok := errors.AsType[*library.NotFoundError](err)
	if !ok || nowhere.Explicit {
		return nil
	}
	return []check{{"library", "absent", nowhere.Places(), nowhere.Remedy()}}
}

// providers says of each GPU provider of the library in use what it needs and the dynamic linker would not
// find. None of it is broken: it only cannot be used.
func (a *app) providers() []check {
	used, err := library.Store{}.Resolve(library.Request{Flag: a.library})
	if err != nil {
		return nil
	}
	there := library.Providers(used.Path)
	if len(there) == 0 && runtime.GOOS == "linux" {
		return []check{{"ort gpu", "absent", "this onnxruntime has no GPU providers", "for a GPU of NVIDIA: " + library.InstallCommand + " cuda13"}}
	}
	var found []check
	for _, p := range there {
		c := check{"ort " + p.Name, "ok", p.Path + " and all that it needs", ""}
		if len(p.Missing) > 0 {
			c = check{c.Name, "absent", p.Path + " needs " + library.Lacks(p.Missing), library.Remedy(p.Missing)}
		}
		found = append(found, c)
	}
	return found
}

func configuration() check {
	path, _, err := search("")
	switch {
	case err != nil:
		return check{"config", "fail", err.Error(), ""}
	case path == "":
		return check{"config", "absent", "no configuration at the usual places", "acdeploy init writes one"}
	}
	if _, err := os.Stat(path); err != nil {
		return check{"config", "fail", err.Error(), "correct ACDEPLOY_CONFIG"}
	}
	return check{"config", "ok", path, ""}
}

// installed lists the libraries in the store that must not be used.
func installed() []check {
	list, err := library.Store{}.List()
	if err != nil {
		return []check{{"runtimes", "warn", err.Error(), ""}}
	}
	var found []check
	for _, l := range list {
		if l.Fault != "" {
			found = append(found, check{"runtime", "fail", l.Path + ": " + l.Fault, "run: acdeploy runtime remove " + l.Version + ", then: " + library.InstallCommand})
		}
	}
	return found
}

// stateOf tells what is broken from what is merely not there: a library that is named outright and
// cannot be used is broken, and so is one that is there and does not load.
func stateOf(why *backends.Unavailable) string {
	if why.Broken {
		return "fail"
	}
	return "absent"
}

// missing is a broken check as the error that it is.
func missing(c check) error {
	return fmt.Errorf("%w: %s: %s", acdeploy.ErrMissing, c.Name, c.Detail)
}
