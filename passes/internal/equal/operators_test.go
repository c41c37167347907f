package equal_test

import (
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/graph/graphtest"
	"github.com/acdeploy/acdeploy/passes/internal/equal"
	"github.com/acdeploy/acdeploy/tensor"
)

func TestIsDeterministic(t *testing.T) {
	for name, c := range map[string]struct {
		op, domain string
		want       bool
	}{
		"Relu":              {"Relu", "", true},
		"by its long name":  {"Relu", "ai.onnx", true},
		"trees":             {"TreeEnsembleRegressor", "ai.onnx.ml", true},
		"RandomUniformLike": {"RandomUniformLike", "", false},
		"RandomNormalLike":  {"RandomNormalLike", "", false},
		"Bernoulli":         {"Bernoulli", "", false},
		"Multinomial":       {"Multinomial", "", false},
		"another domain":    {"Relu", "com.example", false},
		"unheard":           {"Unheard", "", false},
		"dropout":           {"Dropout", "", true},
	} {
		b := graphtest.New(17)
		n := b.Node(c.op, []*graph.Value{b.Input("x", 2)}).Producer()
		n.Domain = c.domain
		if got := equal.IsDeterministic(n); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
	b := graphtest.New(17)
	on := b.Graph.NewInitializer("on", tensor.Of(nil, true))
	if equal.IsDeterministic(b.Node("Dropout", []*graph.Value{b.Input("x", 2), nil, on}).Producer()) {
		t.Error("a dropout that is alive is deterministic")
	}
	f := b.Graph.Model().NewFunction("local", "f", graph.Opset{Version: 17})
	f.Body.AddOutput(graphtest.Builder{Graph: f.Body}.Input("in", 2))
	b.Graph.Model().AddFunction(f)
	n := b.Node("f", []*graph.Value{b.Graph.Lookup("x")}).Producer()
	n.Domain = "local"
	if equal.IsDeterministic(n) {
		t.Error("a function is deterministic")
	}
}
