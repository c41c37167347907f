//go:build unix

package tensorrt

import (
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/tensor"
)

func (f *fake) capture() {
	if f.options["graph"] != "Enabled" {
		return
	}
	switch {
	case f.fault == "no_graph" && f.numbers[0] >= 11:
		f.warn("CUDA graph capture failed. The inference will be launched without using CUDA graph.")
	case f.fault == "no_graph":
		f.warn("The built TensorRT engine contains operations that are not permitted under CUDA graph capture mode.")
		f.warn("The specified --useCudaGraph flag has been ignored. The inference will be launched without using CUDA graph launch.")
	case f.numbers[0] >= 10 && f.fault != "graph_unsaid":
		f.info("Successfully captured CUDA graph for the current execution context")
	}
}

func (f *fake) times() {
	unseparated := f.numbers[0] < 11 && f.has("exportProfile") && !f.has("separateProfileRun")
	if !f.has("exportTimes") || f.fault == "no_times" || unseparated {
		return
	}
	n, _ := strconv.Atoi(f.get("iterations", "10"))
	if f.fault == "few_times" {
		n = 1
	}
	var b strings.Builder
	b.WriteString("[\n")
	for i := range n {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, `{ "startEnqMs" : %g, "startComputeMs" : 3203.26, "endComputeMs" : 3203.26, "h2dMs" : 0, "computeMs" : %g, "d2hMs" : 0, "latencyMs" : 0.2 }`+"\n", 3203.25, 0.125+float64(i)/1000)
	}
	if f.fault != "truncated_times" {
		b.WriteString("]\n")
	}
	must(os.WriteFile(f.options["exportTimes"], []byte(b.String()), 0o600))
}

// profile writes the times of the layers as the real one does, which escapes no names.
func (f *fake) profile(m *graph.Model) {
	if !f.has("exportProfile") || f.fault == "no_profile" {
		return
	}
	var b strings.Builder
	b.WriteString("[\n  { \"count\" : 50 }\n")
	for n := range m.Graph.Nodes() {
		fmt.Fprintf(&b, ", { \"name\" : \"%s\", \"timeMs\" : 1.5, \"averageMs\" : 0.03, \"medianMs\" : 0.025, \"percentage\" : 100 }\n", n.Name)
	}
	b.WriteString("]\n")
	must(os.WriteFile(f.options["exportProfile"], []byte(b.String()), 0o600))
}

func (f *fake) dump(specs []tensor.Spec, out tensor.Map) {
	f.info("Dumping I/O Bindings to RAW Files:")
	for _, spec := range specs {
		t := out[spec.Name]
		raw, err := t.Bytes()
		must(err)
		dims := strings.ReplaceAll(tensor.FormatShape(t.Shape()), ",", ".")
		word := typeWord(t.Type())
		file := safeName(spec.Name) + ".output." + dims + "." + word + ".raw"
		if long := len(file) > 150; long && (f.numbers[0] > 10 || f.numbers[0] == 10 && f.numbers[1] >= 13) {
			file = file[:73] + "..." + file[len(file)-73:]
		}
		f.info("Writing file for output binding %s (with datatype %s and dimensions %s) to %s", spec.Name, word, dims, file)
		switch f.fault {
		case "missing_raw":
			continue
		case "short_raw":
			raw = raw[:len(raw)-1]
		}
		must(os.WriteFile(file, raw, 0o600))
	}
}

// safeName replaces what file names should not hold, as trtexec does.
func safeName(name string) string {
	return regexp.MustCompile(`[^A-Za-z0-9._,-]`).ReplaceAllString(name, "_")
}
