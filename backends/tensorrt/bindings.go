package tensorrt

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/acdeploy/acdeploy/tensor"
)

// typeWord is how file names call an element type; "" for one that trtexec does not carry.
func typeWord(t tensor.Type) string {
	return map[tensor.Type]string{
		tensor.Float32: "fp32", tensor.Float16: "fp16", tensor.BFloat16: "bf16", tensor.Int8: "int8",
		tensor.Int32: "int32", tensor.Int64: "int64", tensor.Uint8: "uint8", tensor.Bool: "bool",
	}[t]
}

// carries reports whether inputs and outputs of a type come through unchanged. TensorRT 8 makes int64
// int32 and int8 float, and has no bfloat16.
func (p program) carries(t tensor.Type) bool {
	switch t {
	case tensor.Int64, tensor.BFloat16, tensor.Int8:
		return p.version.major >= 10
	}
	return typeWord(t) != ""
}

// written is the line by which trtexec says where it wrote the bytes of an output.
var written = regexp.MustCompile(`(?m)Writing file for output binding (.*) \(with datatype (\S+) and dimensions ([0-9.]*)\) to (.*?)\s*$`)

// readOutputs reads the raw outputs that trtexec wrote into its folder.
func readOutputs(folder, stdout string, specs []tensor.Spec) (tensor.Map, error) {
	out := tensor.Map{}
	var errs []error
	for _, spec := range specs {
		t, err := readOutput(folder, stdout, spec)
		if err != nil {
			errs = append(errs, fmt.Errorf("output %s: %w", spec.Name, err))
			continue
		}
		out[spec.Name] = t
	}
	return out, errors.Join(errs...)
}

func readOutput(folder, stdout string, spec tensor.Spec) (*tensor.Tensor, error) {
	var lines [][]string
	for _, line := range written.FindAllStringSubmatch(stdout, -1) {
		if line[1] == spec.Name {
			lines = append(lines, line)
		}
	}
	if len(lines) == 0 {
		return nil, errors.New("trtexec did not write this output")
	}
	last := lines[len(lines)-1]
	if want := typeWord(spec.Type); last[2] != want {
		return nil, fmt.Errorf("TensorRT gives %s, and the model declares %s", last[2], want)
	}
	shape, err := parseDims(last[3])
	if err != nil {
		return nil, err
	}
	// Two names may become one file: the later output has overwritten the earlier.
	for _, other := range written.FindAllStringSubmatch(stdout, -1) {
		if other[4] == last[4] && other[1] != spec.Name {
			return nil, fmt.Errorf("trtexec writes this output and output %s to one file, %s; rename one of them", other[1], last[4])
		}
	}
	if last[4] != filepath.Base(last[4]) {
		return nil, fmt.Errorf("trtexec wrote this output to %q, outside its folder", last[4])
	}
	n, err := tensor.Count(shape)
	if err != nil {
		return nil, err
	}
	path := filepath.Join(folder, last[4])
	info, err := os.Stat(path)
	if err != nil {
		return nil, errors.New("trtexec did not write " + last[4])
	}
	if size := int64(spec.Type.ByteSize(n)); info.Size() != size {
		return nil, fmt.Errorf("%s has %d bytes, and shape [%s] of %s needs %d", last[4], info.Size(), tensor.FormatShape(shape), spec.Type, size)
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return tensor.New(spec.Type, shape, raw)
}

// parseDims reads 1.3.224.224; nothing is a scalar.
func parseDims(text string) ([]int64, error) {
	shape := []int64{}
	if text == "" {
		return shape, nil
	}
	for part := range strings.SplitSeq(text, ".") {
		d, err := strconv.ParseInt(part, 10, 64)
		if err != nil || d < 0 {
			return nil, fmt.Errorf("trtexec wrote the dimensions %q", text)
		}
		shape = append(shape, d)
	}
	return shape, nil
}

// writeInputs writes the bytes of the inputs, in the order of the specs. Their size is what the engine
// takes: trtexec itself would take a file of twice the size, or any larger one.
func writeInputs(folder string, specs []tensor.Spec, in tensor.Map) error {
	for i, spec := range specs {
		raw, err := in[spec.Name].Bytes()
		if err != nil {
			return fmt.Errorf("input %s: %w", spec.Name, err)
		}
		if err := os.WriteFile(filepath.Join(folder, inputFile(i)), raw, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// inputNames lists the names in order.
func inputNames(specs []tensor.Spec) []string {
	names := make([]string, len(specs))
	for i, s := range specs {
		names[i] = s.Name
	}
	return names
}

// openShapes are the shapes of those inputs whose size the model leaves open; trtexec takes no others.
func openShapes(specs []tensor.Spec, in tensor.Map) []named {
	var shapes []named
	for _, spec := range specs {
		if slices.ContainsFunc(spec.Shape, func(d tensor.Dim) bool { return d.Size < 0 }) {
			shapes = append(shapes, named{spec.Name, in[spec.Name].Shape()})
		}
	}
	return shapes
}
