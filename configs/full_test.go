package configs_test

import (
	"encoding"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/acdeploy/acdeploy/bench"
	"github.com/acdeploy/acdeploy/catalog"
	"github.com/acdeploy/acdeploy/configs"
)

// TestFullIsMadeOfTheTags writes full.yaml from the defaults and the doc tags; -update keeps what it wrote.
func TestFullIsMadeOfTheTags(t *testing.T) {
	c := configs.Defaults()
	c.Model, c.Baseline = "examples/resnet20/acnet.onnx", "examples/resnet20/baseline.onnx"
	c.Output, c.Verify.Data.Path = "acdeploy-report/fused.onnx", "examples/digits.npz"
	golden(t, "full.yaml", fullHead+writeSection("", reflect.ValueOf(&c).Elem()))
}

const fullHead = `# Every option of acdeploy run. Options that are set here have their default value, except the models
# and the data. A line with "#" before an option shows an example, which is off by default.
#
# A duration is written 50ms, 30s or 1m30s; a share 2% or 0.02. Paths are relative to the current
# directory. Any key can be overridden: bench.units by ACDEPLOY_BENCH_UNITS in the environment.
`

// writeSection writes the options of a section with what they mean.
func writeSection(indent string, of reflect.Value) string {
	var b strings.Builder
	width := 0 // of the options that have room for a comment
	for _, o := range catalog.OptionsOf(of) {
		if n := len(indent + o.Name + ": " + writeValue(indent, o)); n <= 30 {
			width = max(width, n)
		}
	}
	for _, o := range catalog.OptionsOf(of) {
		value := writeValue(indent, o)
		if strings.HasPrefix(value, "\n") { // a section
			if indent == "" {
				b.WriteByte('\n')
			}
			fmt.Fprintf(&b, "%s# %s\n%s%s:%s", indent, o.Doc, indent, o.Name, value)
			continue
		}
		line := indent + o.Name + ": " + value
		if o.Name == "passes" {
			line = "# " + line
		}
		if max(len(line), width)+len(o.Doc) < 115 {
			fmt.Fprintf(&b, "%-*s # %s\n", width, line, o.Doc)
		} else {
			fmt.Fprintf(&b, "%s# %s\n%s\n", indent, o.Doc, line)
		}
	}
	return b.String()
}

func writeValue(indent string, o catalog.Option) string {
	switch v := o.Value.Interface().(type) {
	case []configs.Component:
		return "[lift_constants, {fold_constants: {max_bytes: 1048576}}, fold_batchnorm, {fuse_branches: {allow_costlier: true}}, remove_unused]"
	case []configs.Backend:
		return fmt.Sprintf("\n%s  - %s\n%s# backends: [{ort: {provider: cpu, required: true}}, reference]\n", indent, v[0].Name, indent)
	case time.Duration:
		return strings.TrimSuffix(v.String(), "0s")
	case bench.Ratio:
		if v == 0 {
			return "0"
		}
		return v.String()
	case string:
		if v == "" {
			return `""`
		}
		return v
	case float64:
		return strconv.FormatFloat(v, 'g', -1, 64)
	case encoding.TextMarshaler:
		return fmt.Sprint(v)
	}
	switch o.Value.Kind() {
	case reflect.Struct:
		return "\n" + writeSection(indent+"  ", o.Value)
	case reflect.Slice:
		return "[]"
	}
	return fmt.Sprint(o.Value.Interface())
}

// TestEveryOptionSaysWhatItMeans reads the tags of everything that a configuration may hold.
func TestEveryOptionSaysWhatItMeans(t *testing.T) {
	c := configs.Defaults()
	missing := undocumented("", reflect.ValueOf(&c).Elem())
	for _, components := range []catalog.Catalog[any]{shipped().Passes, shipped().Backends} {
		for _, e := range components {
			missing = append(missing, undocumented(e.Name+".", reflect.ValueOf(e.New()).Elem())...)
		}
	}
	if len(missing) > 0 {
		t.Errorf("without a doc tag: %s", strings.Join(missing, ", "))
	}
}

func undocumented(prefix string, of reflect.Value) []string {
	var missing []string
	for _, o := range catalog.OptionsOf(of) {
		if o.Doc == "" || strings.HasSuffix(o.Doc, ".") || o.Doc != strings.TrimSpace(o.Doc) {
			missing = append(missing, prefix+o.Name)
		}
		missing = append(missing, undocumented(prefix+o.Name+".", o.Value)...)
	}
	return missing
}
