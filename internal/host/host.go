// Package host says what machine this is: CPU, GPU, load, clocks, libraries.
//
// [Read] gives what stays the same during a measurement, [Now] gives what changes, such as load and
// clock. A report needs both: a latency means little without the machine that it was measured on.
//
// A fact that cannot be read is never omitted: a text says "unavailable", a number is null. Reading
// never fails. It changes nothing either: no clock, power limit or setting of a GPU is touched.
package host

import (
	"context"
	"os"
	"runtime"
	"strings"
)

// Unavailable is the text of a fact that cannot be read here.
const Unavailable = "unavailable"

// Facts describe a machine at one moment.
type Facts struct {
	// Identity tells this machine from others. It is the system's own identifier, salted and hashed: two reports of one machine have the
	// same, and the identifier cannot be had from it. It is absent where the system has none.
	Identity  string    `json:"identity,omitempty"`
	CPU       CPU       `json:"cpu"`
	Frequency Frequency `json:"frequency"`
	Memory    Memory    `json:"memory"`
	System    System    `json:"system"`
	Limits    Limits    `json:"limits"`
	Load      Load      `json:"load"`
	Process   Process   `json:"process"`
	GPUs      []GPU     `json:"gpus"`
	GPUNote   string    `json:"gpu_note"` // why the list is empty; "" when it is not
	Libraries []Library `json:"libraries"`
}

// Library is a file that takes part in the measurement.
type Library struct {
	Name    string `json:"name"`    // name of the program or library
	Path    string `json:"path"`    // its file
	Version string `json:"version"` // its version
	SHA256  string `json:"sha256"`  // digest of its file
}

// Process describes this program.
type Process struct {
	GoVersion  string            `json:"go_version"` // version of Go
	GOOS       string            `json:"goos"`       // operating system it is built for
	GOARCH     string            `json:"goarch"`     // architecture it is built for
	GOMAXPROCS int               `json:"gomaxprocs"` // threads that run Go code at once
	Version    string            `json:"version"`    // of acdeploy
	Revision   string            `json:"revision"`   // of its source, "+dirty" when that was changed
	Cgo        bool              `json:"cgo"`        // whether it is built with cgo
	Env        map[string]string `json:"env"`        // variables that steer the engines
}

// Read collects the facts. Parts that take long stop when ctx is done and are then unavailable.
func Read(ctx context.Context) Facts {
	f := Facts{
		Identity:  identity(ctx, "/"),
		CPU:       readCPU(ctx),
		Frequency: readFrequency("/"),
		Memory:    readMemory(ctx, "/"),
		System:    readSystem(ctx, "/"),
		Limits:    readLimits("/"),
		Load:      Now(),
		Process:   readProcess(),
		Libraries: []Library{},
	}
	f.GPUs, f.GPUNote = readGPUs(ctx)
	if f.GPUs == nil {
		f.GPUs = []GPU{}
	}
	return f
}

func readProcess() Process {
	version, revision := Build()
	return Process{
		GoVersion:  runtime.Version(),
		GOOS:       runtime.GOOS,
		GOARCH:     runtime.GOARCH,
		GOMAXPROCS: runtime.GOMAXPROCS(0),
		Version:    version,
		Revision:   revision,
		Cgo:        cgoEnabled,
		Env:        engineEnv(os.Environ()),
	}
}

// engineEnv keeps the variables that steer the engines.
func engineEnv(environ []string) map[string]string {
	kept := map[string]string{}
	for _, pair := range environ {
		name, value, _ := strings.Cut(pair, "=")
		for _, prefix := range []string{"OMP_", "ORT_", "CUDA_", "TRT_", "ACDEPLOY_", "GOMAXPROCS", "GOGC", "NVIDIA_TF32_OVERRIDE"} {
			if strings.HasPrefix(name, prefix) {
				kept[name] = value
			}
		}
	}
	return kept
}
