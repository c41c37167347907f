package acdeploy_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/acdeploy/acdeploy"
	"github.com/acdeploy/acdeploy/backends/ort"
	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/zoo"
	"github.com/acdeploy/acdeploy/onnx/mapped"
	"github.com/acdeploy/acdeploy/passes"
	"github.com/acdeploy/acdeploy/passes/passtest"
	"github.com/acdeploy/acdeploy/pipeline"
	"github.com/acdeploy/acdeploy/tensor"
	"github.com/acdeploy/acdeploy/verify"
)

const familiesPage = "docs/families.md"

const familiesHead = `# Families

What ` + "`acdeploy fuse`" + ` makes of every network of the zoo. Written by ` + "`go test -run TestFamilies -update .`" + `; the test
fails when this page is not what the passes do.

*Before* is the network with the branches and batch norms of its training, *after* what the default pipeline makes of it,
*ideal* what the same pipeline makes of the plain network, or of the form that the family deploys. Nodes are counted without
Constant nodes. *2019* is the form of the asymmetric block that its authors had first, with three taps in the narrow branches
and a batch norm after the sum.

| network | Conv before | after | ideal | nodes before | after | ideal | refused |
|---|--:|--:|--:|--:|--:|--:|---|
`

// family is a network of the zoo in a form.
type family struct {
	zoo.Network
	form zoo.Form
}

func (f family) String() string {
	if f.form.Year2019 {
		return f.Name + ", 2019"
	}
	return f.Name
}

func families() []family {
	var list []family
	for _, n := range zoo.Networks() {
		list = append(list, family{n, zoo.Form{Branched: true, Seed: 1}})
		if n.Asymmetric {
			list = append(list, family{n, zoo.Form{Branched: true, Year2019: true, LastNorm: true, Seed: 1}})
		}
	}
	return list
}

// short says why a family does not come down to its ideal.
func short() map[string]string {
	return map[string]string{
		"dbb_folded": "Between the two layers of a branch, the block pads with a border, and ScatterND writes that border into the image. " +
			"Its value is what the batch normalisation computes for an input of zero. The two layers merge where that value is exactly the bias of " +
			"the first one. In `dbb_scatter` it is, because the graph computes the border. Here the exporter computed the border, and its " +
			"rounding differs from that of the bias by a few units in the last place. No convolution with zero padding has such a border. " +
			"Export the batch normalisations unfused and without constant folding: TrainingMode.PRESERVE with do_constant_folding=False, or " +
			"dynamo with optimize=False.",
	}
}

// TestFamilies holds every family against its ideal, and the page against both.
func TestFamilies(t *testing.T) {
	skipShort(t, "fuses every family")
	steps := defaultSteps(t)
	page := &strings.Builder{}
	page.WriteString(familiesHead)
	var notes []string
	ideals := map[string]size{}
	for _, f := range families() {
		best, known := ideals[f.Name]
		if !known {
			plain := f.Build(zoo.Form{Seed: 1})
			rewrite(t, plain, steps)
			best = count(plain)
			ideals[f.Name] = best
		}
		m := f.Build(f.form)
		was := count(m)
		result := rewrite(t, m, steps)
		is := count(m)
		fmt.Fprintf(page, "| %s | %d | %d | %d | %d | %d | %d | %s |\n", f,
			was.convs, is.convs, best.convs, was.nodes, is.nodes, best.nodes, refusals(result))
		reason, excused := short()[f.String()]
		switch reached := is.convs == best.convs && is.nodes <= best.nodes; {
		case excused && reached:
			t.Errorf("%s is at its ideal, though a reason says why not", f)
		case excused:
			notes = append(notes, fmt.Sprintf("- **%s**: %s\n%s", f, reason, sentences(result)))
		case !reached:
			t.Errorf("%s: %d Convs and %d nodes, ideal %d and %d; refused: %s", f, is.convs, is.nodes, best.convs, best.nodes, refusals(result))
			for _, r := range left(result) {
				t.Logf("%s: %s: %s: %s", f, r.Node, r.Reason, r.Detail)
			}
		}
	}
	if len(notes) > 0 {
		page.WriteString("\n## Not at their ideal\n\n" + strings.Join(notes, ""))
	}
	if passtest.Updating() {
		if err := os.WriteFile(familiesPage, []byte(page.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(familiesPage)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(text), page.String()); diff != "" {
		t.Errorf("%s is stale; go test -run TestFamilies -update . writes it again:\n%s", familiesPage, diff)
	}
}

func defaultSteps(t *testing.T) []pipeline.Step {
	t.Helper()
	steps, err := acdeploy.DefaultSteps(passes.Catalog(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return steps
}

func rewrite(t *testing.T, m *graph.Model, steps []pipeline.Step) *pipeline.Result {
	t.Helper()
	result, err := pipeline.Run(t.Context(), m.Graph, steps, pipeline.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return result
}

type size struct{ convs, nodes int }

func count(m *graph.Model) size {
	var s size
	for n := range m.Graph.Nodes() {
		if n.Is("Conv") {
			s.convs++
		}
		if !n.Is("Constant") {
			s.nodes++
		}
	}
	return s
}

// left are the refusals that are left in the end.
func left(result *pipeline.Result) []pipeline.Refusal {
	var list []pipeline.Refusal
	for _, p := range result.Passes {
		list = append(list, p.Refusals...)
	}
	return list
}

// refusals counts them by reason.
func refusals(result *pipeline.Result) string {
	byReason := map[string]int{}
	for _, r := range left(result) {
		byReason[r.Reason]++
	}
	var list []string
	for _, reason := range slices.Sorted(maps.Keys(byReason)) {
		list = append(list, fmt.Sprintf("%d %s", byReason[reason], reason))
	}
	return strings.Join(list, ", ")
}

// sentences is the first refusal of each reason, as the passes say it.
func sentences(result *pipeline.Result) string {
	said, text := map[string]bool{}, ""
	for _, r := range left(result) {
		if !said[r.Reason] {
			text += fmt.Sprintf("  - `%s`, %s: %s.\n", r.Reason, r.Node, r.Detail)
		}
		said[r.Reason] = true
	}
	return text
}

// images are the sizes at which a family's algebra is shown: odd, and small, so that borders count.
// Networks with fully connected layers after the image have one size only.
func (f family) images() [][2]int64 {
	switch {
	case slices.Contains([]string{"cifar_quick", "lenet5", "vgg16", "alexnet"}, f.Name):
		return [][2]int64{{f.Input[1], f.Input[2]}}
	case f.Asymmetric:
		return [][2]int64{{33, 35}}
	}
	return [][2]int64{{13, 18}, {32, 32}}
}

// TestFamiliesKeepTheirAnswers runs every family before and after in float64, without rounding.
func TestFamiliesKeepTheirAnswers(t *testing.T) {
	steps := defaultSteps(t)
	for _, f := range families() {
		if f.Name == "alexnet" && f.form.Year2019 {
			continue // cifar_quick has the same kernels and sixty million weights fewer
		}
		t.Run(f.String(), func(t *testing.T) {
			if f.Asymmetric && testing.Short() {
				t.Skip("a network of its true size")
			}
			for _, image := range f.images() {
				f.Input[1], f.Input[2] = image[0], image[1]
				before, after := f.Build(f.form), f.Build(f.form)
				rewrite(t, after, steps)
				in := passtest.Inputs(before, [][]int64{{1, f.Input[0], image[0], image[1]}}, 1)
				diff, err := passtest.Difference(before, after, in)
				if err != nil || diff > passtest.Tolerance {
					t.Errorf("images of %v: the answers differ by %g of their scale (%v)", image, diff, err)
				}
			}
		})
	}
}

// TestFamiliesOfAnySize leaves the size of the image open, and draws other parameters: the relatives come
// down to as many nodes, and keep every promise of a pass.
func TestFamiliesOfAnySize(t *testing.T) {
	skipShort(t, "fuses every family")
	steps := defaultSteps(t)
	for _, f := range families() {
		if f.Asymmetric {
			continue
		}
		t.Run(f.String(), func(t *testing.T) {
			fixed := f.Build(f.form)
			rewrite(t, fixed, steps)
			for seed := range uint64(3) {
				open := func() *graph.Model {
					m := f.Build(zoo.Form{Branched: true, Seed: 10 + seed})
					shape := m.Graph.Inputs()[0].Type().Shape
					shape[2], shape[3] = tensor.Dim{Size: -1, Param: "H"}, tensor.Dim{Size: -1, Param: "W"}
					return m
				}
				after, _ := passtest.Run(t, open, steps, [][]int64{{1, 3, 9, 12}}, [][]int64{{2, 3, 16, 7}})
				if diff := cmp.Diff(count(fixed), count(after), cmp.AllowUnexported(size{})); diff != "" {
					t.Errorf("seed %d: of a fixed size and of any size (-fixed +any):\n%s", 10+seed, diff)
				}
			}
		})
	}
}

// small reports whether a network is quick to write and to run; the others have the same blocks.
func (f family) small() bool {
	return f.Input[1] <= 32 && f.Name != "vgg16" && f.Name != "wrn16_8"
}

// TestFusedFamiliesStay fuses a file of every family, from one thread and from several, and what came of it
// once more: every time the same bytes come out.
func TestFusedFamiliesStay(t *testing.T) {
	skipShort(t, "fuses every family")
	for _, f := range families() {
		if !f.small() {
			continue
		}
		t.Run(f.String(), func(t *testing.T) {
			folder := t.TempDir()
			from := filepath.Join(folder, "model.onnx")
			if _, err := mapped.Save(t.Context(), from, f.Build(f.form), mapped.Options{}); err != nil {
				t.Fatal(err)
			}
			var want string
			for i, threads := range []int{1, 4, 2} {
				before := runtime.GOMAXPROCS(threads)
				to := filepath.Join(folder, fmt.Sprintf("fused%d.onnx", i))
				saved, source := fuse(t, from, to)
				runtime.GOMAXPROCS(before)
				got := saved.Document().Output.SHA256
				if err := source.Close(); err != nil {
					t.Fatal(err)
				}
				if want == "" {
					want = got
				}
				if got != want {
					t.Errorf("from %s on %d threads sha256 is %s, want %s", filepath.Base(from), threads, got, want)
				}
				if i == 1 {
					from = to // the third file is fused twice
				}
			}
		})
	}
}

// TestFamiliesOnAnEngine writes, fuses and verifies a model of every family, in float64 and in ONNX Runtime. Those whose weights take a
// hundred MB are left to `make wild`, which verifies all of them: they take longer than all the others.
func TestFamiliesOnAnEngine(t *testing.T) {
	if err := ort.New().Check(t.Context()); err != nil {
		t.Skip(err)
	}
	plan := acdeploy.VerifySettings{Options: verify.Defaults(), Backends: chosen(t, toolbox(), "ort")}
	plan.Options.Samples = 1
	for _, f := range families() {
		t.Run(f.String(), func(t *testing.T) {
			if f.Input[1] > 32 || f.Name == "vgg16" || f.Name == "wrn16_8" {
				t.Skip("a network of its true size: make wild verifies it")
			}
			model := filepath.Join(t.TempDir(), "model.onnx")
			if _, err := mapped.Save(t.Context(), model, f.Build(f.form), mapped.Options{}); err != nil {
				t.Fatal(err)
			}
			saved, source := fuse(t, model, filepath.Join(t.TempDir(), "fused.onnx"))
			defer func() { _ = source.Close() }()
			found, err := toolbox().Verify(t.Context(), saved.Pair(), plan, nil)
			if err != nil {
				t.Fatal(err)
			}
			if found.Proof != verify.Algebra || !found.Equal || len(found.Skipped) > 0 {
				t.Errorf("answers: %v, skipped %v", found.Judge(), found.Skipped)
			}
		})
	}
}
