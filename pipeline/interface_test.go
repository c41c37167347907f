package pipeline

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/tensor"
)

// cut makes the first node's result the output, and says what it may.
type cut struct{ may bool }

func (c cut) ChangesInterface() bool { return c.may }

func (cut) Run(_ context.Context, r *Rewriter) error {
	g := r.Graph()
	for n := range g.Nodes() {
		if v := n.Output(0); g.Outputs()[0] != v {
			r.Rewrite(n.Label(), "made the output", func() { g.SetOutputs(v) })
		}
		return nil
	}
	return nil
}

// silent is the same without a word.
type silent struct{ cut cut }

func (s silent) Run(ctx context.Context, r *Rewriter) error { return s.cut.Run(ctx, r) }

func TestInterfaceChanges(t *testing.T) {
	result, err := Run(t.Context(), chain(t, 3), []Step{{"cut", cut{may: true}}}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{`output "y_2" is gone`, `output "y" is new`}
	if got := result.Passes[0].Interface; !result.ChangedInterface() || !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	for _, p := range []Pass{cut{may: false}, silent{cut{may: true}}} {
		_, err := Run(t.Context(), chain(t, 3), []Step{{"cut", p}}, Options{})
		if want := "pass cut changed the interface, and does not say that it may: output "; err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%T: got %v, want %s", p, err, want)
		}
	}
}

// A pass that may change the interface and does not is like any other.
func TestInterfaceThatStays(t *testing.T) {
	result, err := Run(t.Context(), chain(t, 1), []Step{{"cut", cut{may: true}}, {"shorten", shorten{}}}, Options{})
	if err != nil || result.ChangedInterface() {
		t.Errorf("%+v, %v", result, err)
	}
}

func TestChangedOrder(t *testing.T) {
	if got := changed([]string{"a", "b"}, []string{"b", "a"}); len(got) != 1 || !strings.Contains(got[0], "order") {
		t.Errorf("%q", got)
	}
}

func TestSignature(t *testing.T) {
	g := chain(t, 1)
	if got := Signature(g); len(got) != 2 || !strings.HasPrefix(got[0], `input "x"`) || !strings.HasPrefix(got[1], `output "y"`) {
		t.Errorf("%q", got)
	}
}

// An output that was an inner value without a type is declared as what it is.
func TestNewOutputsAreDeclared(t *testing.T) {
	g := chain(t, 2)
	g.Inputs()[0].SetType(graph.Type{Elem: tensor.Float32, Ranked: true, Shape: []tensor.Dim{{Size: -1, Param: "N"}, tensor.Fixed(3)}})
	result, err := Run(t.Context(), g, []Step{{"cut", cut{may: true}}}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if got := result.Passes[0].Interface[1]; got != `output "y" float[N,3] is new` {
		t.Errorf("%q", got)
	}
}

// front puts an operator before the input.
type front struct{}

func (front) ChangesInterface() bool { return true }

func (front) Run(_ context.Context, r *Rewriter) error {
	g := r.Graph()
	x := g.Inputs()[0]
	if x.Name() != "x" {
		return nil
	}
	for first := range g.Nodes() {
		r.Rewrite("x", "fed by a Neg", func() {
			image, err := g.AddInput("image", x.Type())
			if err != nil {
				panic(err)
			}
			n := graph.NewNode("Neg", image)
			n.TakeOutput(g.NewValue("minus"))
			g.InsertBefore(n, first)
			graph.ReplaceAllUses(x, n.Output(0))
			g.SetInputs(image)
		})
		break
	}
	return nil
}

// TestEntrances keeps the model as the pass left it that changed the inputs, and no other.
func TestEntrances(t *testing.T) {
	was := chain(t, 3).Model()
	g := was.Clone().Graph
	result, err := Run(t.Context(), g, []Step{{"cut", cut{may: true}}, {"front", front{}}}, Options{})
	if err != nil || len(result.Entrances) != 1 {
		t.Fatalf("%d entrances, %v", len(result.Entrances), err)
	}
	at := result.Entrances[0].Graph
	if at == g || at.Inputs()[0].Name() != "image" || at.Lookup("minus").Origin() != was.Graph.Inputs()[0] {
		t.Errorf("the entrance takes %q", at.Inputs()[0].Name())
	}
	if want := []string{`input "x" is gone`, `input "image" is new`}; !slices.Equal(result.Passes[1].Interface, want) {
		t.Errorf("got %q, want %q", result.Passes[1].Interface, want)
	}
}
