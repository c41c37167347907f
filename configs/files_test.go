package configs_test

import (
	"encoding"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/backends/ort"
	"github.com/acdeploy/acdeploy/backends/reference"
	"github.com/acdeploy/acdeploy/backends/tensorrt"
	"github.com/acdeploy/acdeploy/bench"
	"github.com/acdeploy/acdeploy/catalog"
	"github.com/acdeploy/acdeploy/configs"
	"github.com/acdeploy/acdeploy/passes"
)

// shipped is what the configurations of this folder are read with: the passes and engines that come with
// acdeploy.
func shipped() configs.Catalogs {
	engines := catalog.Catalog[backends.Backend]{ort.Entry(), tensorrt.Entry(), reference.Entry()}
	return configs.Known(passes.Catalog(), engines)
}

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := fs.ReadFile(configs.Files, name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func parse(t *testing.T, text string) configs.Config {
	t.Helper()
	c, err := configs.Parse("test.yaml", []byte(text), shipped())
	if err == nil {
		err = c.Validate(shipped())
	}
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestEveryConfigurationOfThisFolderIsValid(t *testing.T) {
	schema := compile(t)
	files, err := filepath.Glob("*.yaml")
	if err != nil || len(files) < 2 {
		t.Fatalf("found %v, %v", files, err)
	}
	for _, name := range files {
		t.Run(name, func(t *testing.T) {
			text := read(t, name)
			parse(t, text)
			if err := validate(t, schema, text); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestFullConfigurationShowsEveryKeyWithItsDefault(t *testing.T) {
	full := parse(t, read(t, "full.yaml"))
	want := configs.Defaults()
	want.Model, want.Baseline, want.Output, want.Report = full.Model, full.Baseline, full.Output, full.Report
	want.Verify.Data.Path = full.Verify.Data.Path
	// An empty list is written where there is none by default.
	options := cmp.Options{cmpopts.IgnoreUnexported(configs.Config{}, configs.Component{}), cmpopts.EquateEmpty()}
	if diff := cmp.Diff(want, full, options); diff != "" {
		t.Errorf("full.yaml is not the defaults (-default +full):\n%s", diff)
	}
	example := parse(t, uncommented(t))
	for _, key := range configs.Keys() {
		if example.Origin(key) == "default" {
			t.Errorf("full.yaml does not mention %s", key)
		}
	}
}

// uncommented is full.yaml with its commented options taken for real.
func uncommented(t *testing.T) string {
	t.Helper()
	text := strings.NewReplacer("# passes: ", "passes: ", "# enable: ", "enable: ").Replace(read(t, "full.yaml"))
	from := strings.Index(text, "  backends:\n")
	to := strings.Index(text, "  # backends: ")
	if from < 0 || to < from {
		t.Fatal("full.yaml has no backends section with an example")
	}
	return text[:from] + strings.Replace(text[to:], "# backends", "backends", 1)
}

func TestCommentedExamplesAreValid(t *testing.T) {
	text := uncommented(t)
	c := parse(t, text)
	if err := validate(t, compile(t), text); err != nil {
		t.Error(err)
	}
	if len(c.Passes) != 5 || len(c.Enable) != 1 || len(c.Bench.Backends) != 2 || !c.Bench.Backends[0].Required || c.Bench.Backends[1].Required {
		t.Errorf("read %+v, %+v", c.Passes, c.Bench.Backends)
	}
	var fold passes.FoldConstants
	if err := c.Passes[1].Decode(&fold); err != nil || fold.MaxBytes != 1048576 {
		t.Errorf("decoded %+v, %v", fold, err)
	}
}

func TestFilesAreThoseOfTheFolder(t *testing.T) {
	onDisk, err := os.ReadFile("quickstart.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if string(onDisk) != read(t, "quickstart.yaml") {
		t.Error("the embedded file differs")
	}
}

func TestTheFilesThatTheQuickstartNamesAreInTheRepository(t *testing.T) {
	c := parse(t, read(t, "quickstart.yaml"))
	for _, path := range []string{c.Model, c.Baseline, c.Verify.Data.Path} {
		if _, err := os.Stat(path); err != nil {
			t.Error(err)
		}
	}
}

// TestFullIsMadeOfTheTags writes full.yaml from the defaults and the doc tags; -update keeps what it wrote.
func TestFullIsMadeOfTheTags(t *testing.T) {
	c := configs.Defaults()
	c.Model, c.Baseline = "../examples/resnet20/acnet.onnx", "../examples/resnet20/baseline.onnx"
	c.Output, c.Report, c.Verify.Data.Path = "../acdeploy-report/fused.onnx", "../acdeploy-report", "../examples/digits.npz"
	golden(t, "full.yaml", fullHead+writeSection("", reflect.ValueOf(&c).Elem()))
}

const fullHead = `# Every option of acdeploy run. Options that are set here have their default value, except the models,
# the data and where results go. A line with "#" before an option shows an example, which is off by default.
#
# A duration is written 50ms, 30s or 1m30s; a share 2% or 0.02. Paths are relative to the folder of this
# file. Any key can be overridden: bench.units by ACDEPLOY_BENCH_UNITS in the environment.
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
		if o.Name == "passes" || o.Name == "enable" {
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
		if o.Name == "enable" {
			return "[{equalize_channels: {any_scale: false}}]"
		}
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
	case float64:
		return strconv.FormatFloat(v, 'g', -1, 64)
	case encoding.TextMarshaler:
		return fmt.Sprint(v)
	}
	switch o.Value.Kind() {
	case reflect.String:
		if o.Value.Len() == 0 {
			return `""`
		}
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
