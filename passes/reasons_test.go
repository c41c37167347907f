package passes_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/passes"
	"github.com/acdeploy/acdeploy/passes/passtest"
	"github.com/acdeploy/acdeploy/tensor"
)

// sources parses the files of this package and of its tests.
func Expressions(t *testing.T) map[string]*ast.File {
	t.Helper()
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]*ast.File{}
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), e.Name(), nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		files[e.Name()] = f
	}
	return files
}

// Every reason says what it means, stands in the package documentation, and has a case in a test.
func TestReasons(t *testing.T) {
	files := Expressions(t)
	tested := map[string]bool{}
	for name, f := range files {
		if !strings.HasSuffix(name, "_test.go") {
			continue
		}
		ast.Inspect(f, func(n ast.Node) bool {
			if s, ok := n.(*ast.SelectorExpr); ok {
				if pkg, ok := s.X.(*ast.Ident); ok && pkg.Name == "passes" {
					tested[s.Sel.Name] = true
				}
			}
			return true
		})
	}
	var lines []string
	for line := range strings.SplitSeq(files["doc.go"].Doc.Text(), "\n") {
		if text, indented := strings.CutPrefix(line, "\t"); indented {
			lines = append(lines, strings.Join(strings.Fields(text), " "))
		}
	}
	count := 0
	for _, decl := range files["reasons.go"].Decls {
		d, ok := decl.(*ast.GenDecl)
		if !ok || d.Tok != token.CONST {
			continue
		}
		for _, spec := range d.Specs {
			s := spec.(*ast.ValueSpec)
			name := s.Names[0].Name
			count++
			meaning := strings.TrimSuffix(strings.TrimPrefix(strings.Join(strings.Fields(s.Doc.Text()), " "), name+": "), ".")
			if line := snakeCase(name) + " " + meaning; meaning == "" || !slices.Contains(lines, line) {
				t.Errorf("the package documentation has no line %q", line)
			}
			if !tested[name] {
				t.Errorf("%s has no test", name)
			}
		}
	}
	if len(lines) != count {
		t.Errorf("%d reasons, the package documentation tells of %d", count, len(lines))
	}
}

// snakeCase is GraphInput as graph_input.
func snakeCase(name string) string {
	var b strings.Builder
	for i, r := range name {
		if unicode.IsUpper(r) && i > 0 {
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}

// TestRefusals has a case for every reason of the package documentation.
func TestRefusals(t *testing.T) {
	conv3 := convShape{in: 4, out: 4, kernel: []int64{3, 3}, pads: []int64{1, 1, 1, 1}}
	conv1 := convShape{in: 4, out: 4, kernel: []int64{1, 1}}
	set := func(v *graph.Value, input int, t *tensor.Tensor) *graph.Value {
		v.Producer().Input(input).SetData(t)
		return v
	}
	four := []int64{4}
	for name, c := range map[string]struct {
		reason, detail string
		block          func(b *builder, x *graph.Value) *graph.Value
	}{
		"training_attribute": {passes.TrainingMode, "training_mode is set", func(b *builder, x *graph.Value) *graph.Value {
			y := b.bn(b.conv(x, conv3), 4)
			y.Producer().SetAttr(graph.IntAttr("training_mode", 1))
			return y
		}},
		"training_outputs": {passes.TrainingMode, "outputs of training", func(b *builder, x *graph.Value) *graph.Value {
			y := b.bn(b.conv(x, conv3), 4)
			if err := y.Producer().AddOutput(b.g.NewValue("running_mean")); err != nil {
				panic(err)
			}
			return y
		}},
		"live_dropout": {passes.TrainingMode, "dropout", func(b *builder, x *graph.Value) *graph.Value {
			yes := b.g.NewInitializer("yes", tensor.Of(nil, true))
			return b.node("Dropout", []*graph.Value{x, nil, yes})
		}},
		"graph_input": {passes.GraphInput, `scale "g" is an input`, func(b *builder, x *graph.Value) *graph.Value {
			y := b.bn(b.conv(x, conv3), 4)
			y.Producer().SetInput(1, b.input("g", 4))
			return y
		}},
		"overridable": {passes.GraphInput, "a caller may replace it", func(b *builder, x *graph.Value) *graph.Value {
			y := b.bn(b.conv(x, conv3), 4)
			b.input("g", 4)
			g, err := b.g.AddInitializer("g", tensor.Of(four, float32(1), 2, 3, 4))
			if err != nil {
				panic(err)
			}
			y.Producer().SetInput(1, g)
			return y
		}},
		"computed_weight": {passes.NotConstant, "is computed", func(b *builder, x *graph.Value) *graph.Value {
			w := b.node("Mul", []*graph.Value{b.constant(4, 4, 3, 3), b.node("ReduceMax", []*graph.Value{x}, graph.IntAttr("keepdims", 1))})
			return b.bn(b.node("Conv", []*graph.Value{x, w}), 4)
		}},
		"negative_variance": {passes.NonFinite, "is -1 in channel 2", func(b *builder, x *graph.Value) *graph.Value {
			return set(b.bn(b.conv(x, conv3), 4), 4, tensor.Of(four, float32(1), 1, -1, 1))
		}},
		"tiny_negative_variance": {passes.NonFinite, "in channel 0", func(b *builder, x *graph.Value) *graph.Value {
			return set(b.bn(b.conv(x, conv3), 4), 4, tensor.Of(four, float32(-1e-6), 1, 1, 1))
		}},
		"infinite_scale": {passes.NonFinite, "NaN or infinity", func(b *builder, x *graph.Value) *graph.Value {
			zero := float32(0)
			return set(b.bn(b.conv(x, conv3), 4), 1, tensor.Of(four, 1/zero, 1, 1, 1))
		}},
		"division_by_zero": {passes.NonFinite, "divides by constant", func(b *builder, x *graph.Value) *graph.Value {
			return b.node("Div", []*graph.Value{b.conv(x, conv3), b.g.NewInitializer("z", tensor.Of(nil, float32(0)))})
		}},
		"shared_output": {passes.SharedOutput, "has 2 uses", func(b *builder, x *graph.Value) *graph.Value {
			y := b.conv(x, conv3)
			return b.node("Max", []*graph.Value{b.bn(y, 4), y})
		}},
		"graph_output": {passes.SharedOutput, "also an output", func(b *builder, x *graph.Value) *graph.Value {
			y := b.conv(x, conv3)
			b.g.AddOutput(y)
			return b.bn(y, 4)
		}},
		"last_axis": {passes.NotChannel, "does not hold one number per channel", func(b *builder, x *graph.Value) *graph.Value {
			return b.node("Mul", []*graph.Value{b.conv(x, conv3), b.constant(4)})
		}},
		"last_axis_of_four": {passes.NotChannel, "does not hold one number per channel", func(b *builder, x *graph.Value) *graph.Value {
			return b.add(b.conv(x, conv3), b.constant(1, 1, 1, 4))
		}},
		"widened": {passes.NotChannel, "does not hold one number per channel", func(b *builder, x *graph.Value) *graph.Value {
			return b.add(b.conv(x, convShape{in: 4, out: 1, kernel: []int64{1, 1}}), b.constant(1, 4, 1, 1))
		}},
		"constant_over_image": {passes.Unsupported, "not linear", func(b *builder, x *graph.Value) *graph.Value {
			return b.node("Div", []*graph.Value{b.constant(1), b.conv(x, conv3)})
		}},
		"border": {passes.PaddingMode, "not added to its zero padding", func(b *builder, x *graph.Value) *graph.Value {
			return b.conv(b.add(x, b.constant(4, 1, 1)), conv3)
		}},
		"reflect": {passes.PaddingMode, `mode "reflect"`, func(b *builder, x *graph.Value) *graph.Value {
			return b.conv(b.node("Pad", []*graph.Value{x, b.ints(0, 0, 1, 1, 0, 0, 1, 1)}, graph.StringAttr("mode", "reflect")), conv3)
		}},
		"edge": {passes.PaddingMode, `mode "edge"`, func(b *builder, x *graph.Value) *graph.Value {
			return b.conv(b.node("Pad", []*graph.Value{x, b.ints(0, 0, 1, 1, 0, 0, 1, 1)}, graph.StringAttr("mode", "edge")), conv3)
		}},
		"wrap": {passes.PaddingMode, `mode "wrap"`, func(b *builder, x *graph.Value) *graph.Value {
			return b.conv(b.node("Pad", []*graph.Value{x, b.ints(0, 0, 1, 1, 0, 0, 1, 1)}, graph.StringAttr("mode", "wrap")), conv3)
		}},
		"padded_crop": {passes.PaddingMode, "sees zeros where the input has data", func(b *builder, x *graph.Value) *graph.Value {
			return b.conv(b.node("Pad", []*graph.Value{x, b.ints(0, 0, -1, 0, 0, 0, 0, 0)}), conv3)
		}},
		"same_at_stride_two": {passes.PaddingMode, "depends on the size", func(b *builder, x *graph.Value) *graph.Value {
			return b.bn(b.conv(x, convShape{in: 4, out: 4, kernel: []int64{3, 3}, strides: []int64{2, 2}, autoPad: "SAME_UPPER"}), 4)
		}},
		"costlier": {passes.Costlier, "784 multiply-adds per output position, and the separate branches take 224", func(b *builder, x *graph.Value) *graph.Value {
			return b.add(b.conv(x, convShape{in: 4, out: 4, kernel: []int64{1, 7}, pads: []int64{0, 3, 0, 3}}),
				b.conv(x, convShape{in: 4, out: 4, kernel: []int64{7, 1}, pads: []int64{3, 0, 3, 0}}))
		}},
		"all_cropped": {passes.Costlier, "144 multiply-adds per output position, and the separate branches take 96", allCropped},
		"strides": {passes.Misaligned, "strides [1 1] and [2 2]", func(b *builder, x *graph.Value) *graph.Value {
			return b.add(b.conv(x, conv3), b.conv(x, convShape{in: 4, out: 4, kernel: []int64{1, 1}, strides: []int64{2, 2}}))
		}},
		"broadcast_branch": {passes.Misaligned, "4 and 1 output channels", func(b *builder, x *graph.Value) *graph.Value {
			return b.add(b.conv(x, conv3), b.conv(x, convShape{in: 4, out: 1, kernel: []int64{1, 1}}))
		}},
		"branch_types": {passes.ElementType, "its weight is double", func(b *builder, x *graph.Value) *graph.Value {
			w := b.g.NewInitializer("wide", tensor.Of([]int64{4, 4, 1, 1}, make([]float64, 16)...))
			return b.add(b.conv(x, conv3), b.node("Conv", []*graph.Value{x, w}))
		}},
		"overflow": {passes.Overflow, "too large for float", func(b *builder, x *graph.Value) *graph.Value {
			return b.node("Mul", []*graph.Value{
				set(b.conv(x, conv1), 1, tensor.Of([]int64{4, 4, 1, 1}, make32(16, 3e38)...)),
				b.g.NewInitializer("s", tensor.Of(nil, float32(100))),
			})
		}},
		"bn_alone": {passes.NoConvolution, "does not come from a convolution", func(b *builder, x *graph.Value) *graph.Value {
			return b.node("Relu", []*graph.Value{b.bn(x, 4)})
		}},
	} {
		t.Run(name, func(t *testing.T) {
			build := func() *graph.Model {
				b := newBuilder(5)
				return b.output(c.block(b, b.input("x", -1, 4, -1, -1)))
			}
			_, result := passtest.Run(t, build, defaults())
			sayWhatToDo(t, result)
			for _, p := range result.Passes {
				for _, f := range p.Refusals {
					if f.Reason == c.reason && strings.Contains(f.Detail, c.detail) {
						return
					}
				}
			}
			t.Errorf("want %s (%s), got %q", c.reason, c.detail, refusals(result))
		})
	}
}
