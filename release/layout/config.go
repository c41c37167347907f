package layout

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/acdeploy/acdeploy/model"
	"github.com/acdeploy/acdeploy/reports"
	"github.com/acdeploy/acdeploy/tensor"
)

// leastMaxBatch is the batch that a model without a measured one is served with: Triton's own default.
const leastMaxBatch = 4

// tritonConfig is the configuration of a model, and notes about what it lacks.
//
// Where every input and output has an open first axis, that is the batch, and Triton joins requests to batches. The axis is then left
// out of the shapes. Otherwise the shapes are those of the model.
func tritonConfig(name string, s model.Signature, r *reports.Report) (text string, notes []string, err error) {
	batched := leads(s.Inputs) && leads(s.Outputs)
	largest := int64(0)
	if batched {
		largest = maxBatch(r)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "# Written by acdeploy. What is changed here stays; a later version of the model has to have the same inputs and outputs.\n")
	fmt.Fprintf(&b, "name: %s\nbackend: \"onnxruntime\"\nmax_batch_size: %d\n", quote(name), largest)
	for _, part := range []struct {
		word  string
		specs []tensor.Spec
	}{{"input", s.Inputs}, {"output", s.Outputs}} {
		text, err := tritonValues(part.word, part.specs, batched)
		if err != nil {
			return "", nil, err
		}
		b.WriteString(text)
	}
	fmt.Fprintf(&b, "instance_group [ { kind: %s count: 1 } ]\n", tritonKind(r))
	if batched {
		b.WriteString("dynamic_batching { }\n")
	}
	b.WriteString("version_policy { latest { num_versions: 2 } }\n")
	warmup, note := tritonWarmup(s.Inputs, r, batched)
	b.WriteString(warmup)
	if note != "" {
		notes = append(notes, note)
	}
	return b.String(), notes, nil
}

// leads reports whether the first axis of all is open.
func leads(specs []tensor.Spec) bool {
	return !slices.ContainsFunc(specs, func(s tensor.Spec) bool { return !s.Ranked || len(s.Shape) == 0 || s.Shape[0].Size >= 0 })
}

// maxBatch is the largest batch that was measured, and no less than Triton's default.
func maxBatch(r *reports.Report) int64 {
	largest := int64(leastMaxBatch)
	for _, s := range r.Settings {
		largest = max(largest, s.Batch)
	}
	return largest
}

// tritonKind is where the model was measured.
func tritonKind(r *reports.Report) string {
	if slices.ContainsFunc(r.Comparisons, isGPU) {
		return "KIND_GPU"
	}
	return "KIND_CPU"
}

func tritonValues(word string, specs []tensor.Spec, batched bool) (string, error) {
	var items []string
	for _, s := range specs {
		typ, ok := tritonType(s.Type)
		switch {
		case !ok:
			return "", fmt.Errorf("%s %q is of type %s, which Triton has not", word, s.Name, s.Type)
		case !s.Ranked:
			return "", fmt.Errorf("%s %q has no number of dimensions in the model, which Triton has to know", word, s.Name)
		}
		shape := s.Shape
		if batched {
			shape = shape[1:]
		}
		var dims []string
		for _, d := range shape {
			dims = append(dims, strconv.FormatInt(max(d.Size, -1), 10))
		}
		extra := ""
		if len(dims) == 0 { // Triton has no shape without dimensions
			dims, extra = []string{"1"}, " reshape { shape: [ ] }"
		}
		items = append(items, fmt.Sprintf("  { name: %s data_type: %s dims: [ %s ]%s }", quote(s.Name), typ, strings.Join(dims, ", "), extra))
	}
	if len(items) == 0 {
		return "", fmt.Errorf("the model has no %s, and Triton serves none of these", word)
	}
	return word + " [\n" + strings.Join(items, ",\n") + "\n]\n", nil
}

// tritonWarmup has Triton run the model before it takes requests. Open axes get the sizes that were measured; where there are none,
// the note says so.
func tritonWarmup(inputs []tensor.Spec, r *reports.Report, batched bool) (text, note string) {
	var items []string
	for _, s := range inputs {
		typ, _ := tritonType(s.Type)
		shape := s.Shape
		measured := measuredShape(r, s)
		if batched {
			shape = shape[1:]
		}
		var dims []string
		for i, d := range shape {
			size := d.Size
			if at := i + len(s.Shape) - len(shape); size < 0 && at < len(measured) {
				size = measured[at]
			}
			if size < 0 {
				return "", fmt.Sprintf("no warm-up: the size of %s of input %q was not measured", d, s.Name)
			}
			dims = append(dims, strconv.FormatInt(size, 10))
		}
		if len(dims) == 0 {
			dims = []string{"1"}
		}
		data := "random_data"
		if s.Type == tensor.Bool || s.Type == tensor.String || !s.Type.IsFloat() { // a number at random may be no index
			data = "zero_data"
		}
		items = append(items, fmt.Sprintf("  inputs { key: %s value: { data_type: %s dims: [ %s ] %s: true } }\n", quote(s.Name), typ, strings.Join(dims, ", "), data))
	}
	batch := 0
	if batched {
		batch = 1
	}
	return fmt.Sprintf("model_warmup [ {\n  name: \"declared_shapes\"\n  batch_size: %d\n%s} ]\n", batch, strings.Join(items, "")), ""
}

// measuredShape is the shape in which an input was measured; nil where it was not.
func measuredShape(r *reports.Report, s tensor.Spec) []int64 {
	for _, setting := range r.Settings {
		if shape := setting.Shapes[s.Name]; len(shape) == len(s.Shape) {
			return shape
		}
	}
	return nil
}

// tritonType is Triton's word for a type.
func tritonType(t tensor.Type) (string, bool) {
	word, ok := map[tensor.Type]string{
		tensor.Float16: "TYPE_FP16", tensor.BFloat16: "TYPE_BF16", tensor.Float32: "TYPE_FP32", tensor.Float64: "TYPE_FP64",
		tensor.Bool: "TYPE_BOOL", tensor.String: "TYPE_STRING", tensor.Int8: "TYPE_INT8", tensor.Int16: "TYPE_INT16",
		tensor.Int32: "TYPE_INT32", tensor.Int64: "TYPE_INT64", tensor.Uint8: "TYPE_UINT8", tensor.Uint16: "TYPE_UINT16",
		tensor.Uint32: "TYPE_UINT32", tensor.Uint64: "TYPE_UINT64",
	}[t]
	return word, ok
}

// quote writes a string of protobuf's text format. Bytes that are not plain are written as octal numbers.
func quote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			b.WriteByte('\\')
			b.WriteByte(c)
		case c < ' ' || c >= 0x7f:
			fmt.Fprintf(&b, "\\%03o", c)
		default:
			b.WriteByte(c)
		}
	}
	b.WriteByte('"')
	return b.String()
}
