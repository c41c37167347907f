package acdeploy_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/backends/reference"
	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/mutant"
	"github.com/acdeploy/acdeploy/internal/zoo"
	"github.com/acdeploy/acdeploy/tensor"
	"github.com/acdeploy/acdeploy/verify"
)

// TestWrongPasses puts faults into what the passes make of a network, such as a wrong pass would make, before a head that hides
// them. None of them changes a number so little that it could be rounding of float64, so the proof has to notice each.
func TestWrongPasses(t *testing.T) {
	skipShort(t, "verifies many models")
	for k, name := range []string{"lenet5", "resnet20", "repvgg", "mobileone", "dbb"} {
		n, err := zoo.Find(name)
		if err != nil {
			t.Fatal(err)
		}
		n.Input[1], n.Input[2] = min(n.Input[1], 32), min(n.Input[2], 32)
		for i, head := range mutant.Heads() {
			if i != k%len(mutant.Heads()) {
				continue // each network with one head, each head with a network
			}
			t.Run(fmt.Sprintf("%s, %s", name, head), func(t *testing.T) {
				m := n.Build(zoo.Form{Branched: true, Seed: 1})
				mutant.PutHead(m.Graph, head)
				fused := m.Clone()
				rewrite(t, fused, defaultSteps(t))
				if found := proven(t, m, fused); !found.Equal() || !found.Complete() {
					t.Fatalf("the right model: %+v", found)
				}
				rng := rand.New(rand.NewPCG(uint64(k), uint64(i)))
				for _, kind := range mutant.Kinds() {
					wrong := m.Clone()
					rewrite(t, wrong, defaultSteps(t))
					fault, ok := mutant.Draw(wrong.Graph, kind, 1e-6, rng)
					if !ok {
						continue
					}
					fault.Apply()
					if found := proven(t, m, wrong); found.Equal() {
						t.Errorf("%s is not noticed: %+v, worst %+v", fault, found, found.Worst)
					}
				}
			})
		}
	}
}

// TestReluBeforeAHead drops the Relu that stands right before a head, so that both are in one region. The right model is proven as
// a whole: every head can be run.
func TestReluBeforeAHead(t *testing.T) {
	for _, head := range mutant.Heads()[1:] {
		n := newNet(t, tensor.Float32, 4, 4, 5, 5)
		rng := rand.New(rand.NewPCG(5, 6))
		one := func() float64 { return 1 + rng.Float64() }
		y := n.node("Conv", n.x, n.drawn(rng.NormFloat64, 6, 4, 3, 3))
		y = n.node("BatchNormalization", y, n.drawn(one, 6), n.drawn(rng.NormFloat64, 6), n.drawn(rng.NormFloat64, 6), n.drawn(one, 6))
		m := n.output(n.node("Relu", y))
		mutant.PutHead(m.Graph, head)
		fused := m.Clone()
		rewrite(t, fused, defaultSteps(t))
		if found := proven(t, m, fused); !found.Equal() || !found.Complete() || found.Regions == 0 {
			t.Errorf("%s: the right model: %+v", head, found)
		}
		fault, ok := mutant.Draw(fused.Graph, mutant.Relu, 0, rng)
		if !ok {
			t.Fatal("there is no Relu to drop")
		}
		fault.Apply()
		if found := proven(t, m, fused); found.Equal() {
			t.Errorf("%s: a Relu dropped is not noticed: %+v", head, found)
		}
	}
}

// proven compares two models region by region.
func proven(t *testing.T, m, fused *graph.Model) verify.AlgebraResult {
	t.Helper()
	return regionsOf(t, m, fused).Result()
}

// regionsOf is the comparison of two models region by region.
func regionsOf(t *testing.T, m, fused *graph.Model) *verify.RegionProof {
	t.Helper()
	open := verify.ExactBy(reference.OpenPartly)
	before, err := open(m)
	if err != nil {
		t.Fatal(err)
	}
	after, err := open(fused)
	if err != nil {
		t.Fatal(err)
	}
	var specs []tensor.Spec
	for _, v := range m.Graph.Inputs() {
		specs = append(specs, tensor.Spec{Name: v.Name(), Type: v.Type().Elem, Ranked: true, Shape: slices.Clone(v.Type().Shape)})
	}
	inputs, err := verify.Generate(backends.Model{Inputs: specs}, 1, 1, nil)
	if err != nil {
		t.Fatal(err)
	}
	proof := verify.NewRegionProof(m, fused, before, after, (*graph.Value).Origin, 1)
	if _, _, err := proof.Run(t.Context(), inputs, nil, 0, func(float64, string) {}); err != nil {
		t.Fatal(err)
	}
	return proof
}
