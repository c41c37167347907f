package cli

import (
	"cmp"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/acdeploy/acdeploy/internal/dims"
	"github.com/acdeploy/acdeploy/model"
)

// own is what a configuration to start from has of the user.
type own struct {
	model, baseline string // as the configuration writes them; "" for none
	open            []dims.Open
	gates           bool // add a gate: the ready-to-run configuration has none
}

// ownFiles reads the model that is named, and finds the paths from the folder of the configuration.
func ownFiles(dir string, o initOptions) (own, error) {
	found := own{gates: !o.full}
	var err error
	if found.model, err = seenFrom(dir, o.model); err != nil {
		return found, err
	}
	if found.baseline, err = seenFrom(dir, o.baseline); err != nil || o.model == "" {
		return found, err
	}
	f, err := model.Open(o.model)
	if err != nil {
		return found, fmt.Errorf("write configuration: %w", err)
	}
	signature := f.Signature()
	found.open = dims.Read(o.model, signature.Inputs, signature.Outputs).Open()
	return found, f.Close()
}

// seenFrom is the path of a file as a configuration in a folder writes it.
func seenFrom(dir, path string) (string, error) {
	if path == "" || filepath.IsAbs(path) {
		return path, nil
	}
	from, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	to, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	relative, err := filepath.Rel(from, to)
	if err != nil { // on another drive
		return to, nil //nolint:nilerr // the whole path serves
	}
	return filepath.ToSlash(relative), nil
}

// fill puts the user's files in the place of those of a ready-to-run configuration, whose paths lead out of its folder. What is not
// named becomes a comment to fill in, but the model, which has to be there.
func (o own) fill(text []byte) []byte {
	var out []string
	for old := range strings.SplitSeq(string(text), "\n") {
		key, value, _ := strings.Cut(strings.TrimSpace(old), ": ")
		switch {
		case strings.HasPrefix(value, "../acdeploy-report"):
			out = append(out, strings.Replace(old, "../", "", 1))
		case key == "shapes":
			out = append(out, cmp.Or(o.shapes(), old))
		case key == "bench:" && o.gates && len(o.open) > 0:
			out = append(out, old, o.shapes())
		case !strings.HasPrefix(value, "../examples/"):
			out = append(out, old)
		case key == "model":
			out = append(out, "model: "+strconv.Quote(cmp.Or(o.model, "model.onnx"))+" # the network as trained, with its branches")
		case key == "baseline":
			plain := "# baseline: baseline.onnx"
			if o.baseline != "" {
				plain = "baseline: " + strconv.Quote(o.baseline)
			}
			out = append(out, plain+" # the plain network it must be as fast as")
		case key == "path":
			out = append(out, `    path: "" # images and labels (.npz), for top-1 before and after`)
		}
	}
	if o.gates {
		out = append(out, "gates:", "  latency:", "    require: equivalent # or faster; exit code 4 otherwise", "")
	}
	return []byte(strings.Join(out, "\n"))
}

// shapes is the line with the sizes of open dimensions; "" where there are none.
func (o own) shapes() string {
	if len(o.open) == 0 {
		return ""
	}
	sizes := make([]string, len(o.open))
	for k, d := range o.open {
		sizes[k] = strconv.Quote(fmt.Sprintf("%s=%d", d.Name, d.Usual))
	}
	return "  shapes: [" + strings.Join(sizes, ", ") + "] # of the open dimensions: the sizes that you serve, a list for several"
}
