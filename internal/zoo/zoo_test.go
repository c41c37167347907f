package zoo

import (
	"fmt"
	"hash/crc32"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/acdeploy/acdeploy/backends/reference"
	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/tensor"
)

// census counts nodes by operator and the elements of initializers. Running statistics are counted
// apart: frameworks do not call them parameters.
func census(m *graph.Model) (ops map[string]int, parameters, statistics int) {
	ops = map[string]int{}
	for n := range m.Graph.Nodes() {
		ops[n.OpType]++
		if n.Is("BatchNormalization") {
			statistics += n.Input(3).Constant().Len() + n.Input(4).Constant().Len()
		}
	}
	for v := range m.Graph.Initializers() {
		parameters += v.Constant().Len()
	}
	return ops, parameters - statistics, statistics
}

// TestSizes compares with published figures: torchvision's model pages for the ImageNet networks (AlexNet
// has batch norms here in place of biases), the authors' for Cifar-quick (likewise) and for the wide and
// the dense network (a shortcut has a batch norm of its own here), and for ResNet-20 what a framework
// counted of the trained one in examples/.
func TestSizes(t *testing.T) {
	tests := []struct {
		name       string
		branched   bool
		parameters int
		ops        map[string]int
	}{
		{"resnet18", false, 11_689_512, map[string]int{
			"Conv": 20, "BatchNormalization": 20, "Relu": 17, "Add": 8, "MaxPool": 1, "GlobalAveragePool": 1, "Flatten": 1, "Gemm": 1,
		}},
		{"resnet50", false, 25_557_032, map[string]int{
			"Conv": 53, "BatchNormalization": 53, "Relu": 49, "Add": 16, "MaxPool": 1, "GlobalAveragePool": 1, "Flatten": 1, "Gemm": 1,
		}},
		{"resnet20", false, 272_474, map[string]int{
			"Conv": 21, "BatchNormalization": 21, "Relu": 19, "Add": 9, "GlobalAveragePool": 1, "Flatten": 1, "Gemm": 1,
		}},
		{"resnet20", true, 453_690, map[string]int{
			"Conv": 59, "BatchNormalization": 59, "Relu": 19, "Add": 47, "GlobalAveragePool": 1, "Flatten": 1, "Gemm": 1,
		}},
		{"resnet56", false, 855_770, nil},
		{"cifar_quick", false, 145_578 - 128 + 256, nil},
		{"vgg16", false, 14_986_698, nil},
		{"wrn16_8", false, 10_961_370 + 800, nil},
		{"densenet40", false, 1_019_722, nil},
		{"alexnet", false, 61_100_840 - 1152 + 2304, nil},
		{"densenet121", false, 7_978_856, nil},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprintf("%s_branched_%v", tt.name, tt.branched), func(t *testing.T) {
			n, err := Find(tt.name)
			if err != nil {
				t.Fatal(err)
			}
			m := n.Build(Form{Branched: tt.branched, Seed: 1})
			if err := m.Check(); err != nil {
				t.Fatal(err)
			}
			ops, parameters, _ := census(m)
			if parameters != tt.parameters {
				t.Errorf("%d parameters, want %d", parameters, tt.parameters)
			}
			if diff := cmp.Diff(tt.ops, ops); tt.ops != nil && diff != "" {
				t.Error(diff)
			}
		})
	}
}

// asymmetric lists the networks of the paper.
func asymmetric() []Network {
	return slices.DeleteFunc(Networks(), func(n Network) bool { return !n.Asymmetric })
}

// TestBranchesAlign checks that every kernel of a block is centred on the same pixel, counted from the
// border of the image: what a branch does not pad it crops.
func TestBranchesAlign(t *testing.T) {
	for _, n := range asymmetric() {
		for _, year2019 := range []bool{false, true} {
			centres := map[string][][2]int64{}
			for node := range n.Build(Form{Branched: true, Year2019: year2019, Seed: 1}).Graph.Nodes() {
				block, branch, ok := strings.Cut(node.Name, "_conv/Conv")
				if !node.Is("Conv") || !ok || branch != "" {
					continue
				}
				k, pads := node.Ints("kernel_shape"), node.Ints("pads")
				if long := max(k[0], k[1]); year2019 && min(k[0], k[1]) == 1 && long != 3 {
					t.Errorf("%s: node %s: kernel %v in the form of 2019", n.Name, node.Label(), k)
				}
				centre := [2]int64{k[0]/2 - pads[0], k[1]/2 - pads[1]}
				if slice := node.Input(0).Producer(); slice != nil && slice.Is("Slice") {
					starts, _ := slice.Input(1).Constant().Int64s()
					axes, _ := slice.Input(3).Constant().Int64s()
					for i, axis := range axes {
						centre[axis-2] += starts[i]
					}
				}
				block = block[:strings.LastIndex(block, ".")]
				centres[block] = append(centres[block], centre)
			}
			if len(centres) == 0 {
				t.Errorf("%s has no blocks", n.Name)
			}
			for block, at := range centres {
				if len(at) != 3 || at[1] != at[0] || at[2] != at[0] {
					t.Errorf("%s: block %s: branches are centred at %v", n.Name, block, at)
				}
			}
		}
	}
}

// TestLastNorm counts one more batch norm for each block.
func TestLastNorm(t *testing.T) {
	n, err := Find("lenet5")
	if err != nil {
		t.Fatal(err)
	}
	ops, _, _ := census(n.Build(Form{Branched: true, LastNorm: true, Seed: 1}))
	if want := 2 * 4; ops["BatchNormalization"] != want {
		t.Errorf("%d batch norms, want %d", ops["BatchNormalization"], want)
	}
}

func TestFormsThatANetworkHas(t *testing.T) {
	find := func(name string) Network {
		n, err := Find(name)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	if err := find("vgg16").Has(Form{Branched: true, Year2019: true, LastNorm: true}); err != nil {
		t.Error(err)
	}
	if err := find("repvgg").Has(Form{Branched: true}); err != nil {
		t.Error(err)
	}
	for _, form := range []Form{{Branched: true, Year2019: true}, {Branched: true, LastNorm: true}} {
		if err := find("repvgg").Has(form); err == nil {
			t.Errorf("repvgg has %+v", form)
		}
	}
	if err := find("vgg16").Has(Form{Year2019: true}); err == nil {
		t.Error("the plain form has a year")
	}
}

func TestBatchNormsLookTrained(t *testing.T) {
	n, err := Find("resnet18")
	if err != nil {
		t.Fatal(err)
	}
	var negative, zero, channels int
	low, high := math.Inf(1), 0.0
	for node := range n.Build(Form{Branched: true, Seed: 1}).Graph.Nodes() {
		if !node.Is("BatchNormalization") {
			continue
		}
		for i, scale := range node.Input(1).Constant().Float64s() {
			channels++
			if scale < 0 {
				negative++
			}
			if scale == 0 {
				zero++
			}
			variance := node.Input(4).Constant().Float64s()[i]
			low, high = min(low, variance), max(high, variance)
		}
	}
	if negative < channels/32 || negative > channels/8 || zero < channels/128 || zero > channels/32 {
		t.Errorf("of %d scales %d are negative, %d zero", channels, negative, zero)
	}
	if !(low > 0 && low < 1e-7 && high > 50 && high < 1000) {
		t.Errorf("variances lie between %g and %g", low, high)
	}
}

// TestBytesArePinned fails when a machine or a change makes other parameters: golden files elsewhere
// rely on them.
func TestBytesArePinned(t *testing.T) {
	n, err := Find("resnet20")
	if err != nil {
		t.Fatal(err)
	}
	sum := func(f Form) uint32 {
		h := crc32.NewIEEE()
		if err := n.Build(f).Text(h); err != nil {
			t.Fatal(err)
		}
		return h.Sum32()
	}
	want := map[Form]uint32{
		{Branched: false, Seed: 1}: 0xe0e1ef2a,
		{Branched: true, Seed: 1}:  0x3118a62f,
		{Branched: true, Seed: 2}:  0xb3b12be2,
	}
	for form, crc := range want {
		if got := sum(form); got != crc {
			t.Errorf("%+v: checksum %#08x, want %#08x", form, got, crc)
		}
	}
}

// TestSquareBranchIsThePlainConvolution compares the weights of the two forms.
func TestSquareBranchIsThePlainConvolution(t *testing.T) {
	n, err := Find("resnet20")
	if err != nil {
		t.Fatal(err)
	}
	plain := n.Build(Form{Seed: 1}).Graph.Lookup("layer2.0.conv1.weight").Constant()
	branched := n.Build(Form{Branched: true, Seed: 1}).Graph.Lookup("layer2.0.conv1.square_conv.weight").Constant()
	if diff := cmp.Diff(plain.Float64s(), branched.Float64s()); diff != "" {
		t.Error(diff)
	}
}

// TestAnswersStayFinite runs both forms of every small network through all layers: the batch norms fit
// what the convolutions before them give.
func TestAnswersStayFinite(t *testing.T) {
	for _, n := range Networks() {
		if n.Input[1] > 32 || n.Name == "wrn16_8" || n.Name == "vgg16" {
			continue // minutes of multiplications
		}
		noise := rand.New(rand.NewPCG(1, 1))
		image := make([]float32, 2*n.Input[0]*32*32)
		for i := range image {
			image[i] = float32(noise.NormFloat64())
		}
		for _, branched := range []bool{false, true} {
			logits := run(t, n.Build(Form{Branched: branched, Seed: 1}), tensor.Of([]int64{2, n.Input[0], 32, 32}, image...))
			if diff := cmp.Diff([]int64{2, 10}, logits.Shape()); diff != "" {
				t.Error(n.Name, diff)
			}
			if top := logits.MaxAbs(); !(top > 0.03 && top < 100) {
				t.Errorf("%s, branched %v: the largest logit is %g", n.Name, branched, top)
			}
			v := logits.Float64s()
			if cmp.Equal(v[:10], v[10:]) {
				t.Errorf("%s, branched %v: two images, one answer", n.Name, branched)
			}
		}
	}
}

func run(t *testing.T, m *graph.Model, image *tensor.Tensor) *tensor.Tensor {
	t.Helper()
	s, err := reference.OpenGraph(m)
	if err != nil {
		t.Fatal(err)
	}
	out, err := s.Run(t.Context(), tensor.Map{"input": image})
	if err != nil {
		t.Fatalf("%s: %v", m.Graph.Name, err)
	}
	return out["logits"]
}

// TestBordersAreTheSame compares the ways of padding the inside of a block.
func TestBordersAreTheSame(t *testing.T) {
	noise := rand.New(rand.NewPCG(2, 2))
	image := make([]float64, 3*32*32)
	for i := range image {
		image[i] = noise.NormFloat64()
	}
	answer := func(name string) []float64 {
		n, err := Find(name)
		if err != nil {
			t.Fatal(err)
		}
		s, err := reference.OpenGraph(n.Build(Form{Branched: true, Seed: 1}))
		if err != nil {
			t.Fatal(err)
		}
		out, err := s.RunFloat64(t.Context(), tensor.Map{"input": tensor.Of([]int64{1, 3, 32, 32}, image...)})
		if err != nil {
			t.Fatal(err)
		}
		return out["logits"].Float64s()
	}
	for _, pair := range [][2]string{{"dbb", "dbb_scatter"}, {"dbb", "dbb_folded"}, {"ecb", "ecb_scatter"}} {
		padded, written := answer(pair[0]), answer(pair[1])
		for i := range padded {
			if math.Abs(padded[i]-written[i]) > 1e-6*math.Abs(padded[i]) { // the epsilons differ by a rounding
				t.Errorf("%s, logit %d: %g and %g", pair, i, padded[i], written[i])
			}
		}
	}
}

// TestEveryFormIsSound builds the smaller networks in all forms, twice.
func TestEveryFormIsSound(t *testing.T) {
	text := func(m *graph.Model) string {
		if err := m.Check(); err != nil {
			t.Fatal(err)
		}
		var s strings.Builder
		if err := m.Text(&s); err != nil {
			t.Fatal(err)
		}
		return s.String()
	}
	for _, n := range Networks() {
		if n.Input[1] > 32 {
			continue
		}
		forms := []Form{{Seed: 2}, {Branched: true, Seed: 2}}
		if n.Asymmetric {
			forms = append(forms, Form{Branched: true, Year2019: true, LastNorm: true, Seed: 2})
		}
		for _, form := range forms {
			if first, second := text(n.Build(form)), text(n.Build(form)); first != second {
				t.Errorf("%s: %+v gives two graphs", n.Name, form)
			}
		}
	}
}

func TestFindNamesWhatThereIs(t *testing.T) {
	_, err := Find("resnet19")
	if want := `the zoo has no network "resnet19"; it has cifar_quick, vgg16, resnet56, `; err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("error %v, want %s", err, want)
	}
}
