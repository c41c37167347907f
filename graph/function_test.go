package graph

import (
	"slices"
	"strings"
	"testing"
)

// addFunction adds an operator to the model: my(x) = Mul(Neg(x), x), with an attribute and a default.
func (n net) addFunction(name string) *Function {
	f := n.m.NewFunction("my", name, Opset{"", 17})
	f.Attrs, f.Defaults = []string{"alpha"}, []*Attr{FloatAttr("beta", 2)}
	x, err := f.Body.AddInput("in", Type{})
	if err != nil {
		n.Fatal(err)
	}
	minus, err := f.Body.AddValue("minus")
	if err != nil {
		n.Fatal(err)
	}
	neg := NewNode("Neg", x)
	if err := neg.AddOutput(minus); err != nil {
		n.Fatal(err)
	}
	f.Body.Append(neg)
	square := NewNode("Mul", minus, x)
	y, err := f.Body.AddValue("out")
	if err != nil {
		n.Fatal(err)
	}
	if err := square.AddOutput(y); err != nil {
		n.Fatal(err)
	}
	square.SetAttr(&Attr{Name: "alpha", Ref: "alpha"})
	square.AddAttr(&Attr{Name: "beta", Ref: "beta"})
	f.Body.Append(square)
	f.Body.AddOutput(y)
	n.m.AddFunction(f)
	return f
}

func TestFunction(t *testing.T) {
	n := newNet(t)
	f := n.addFunction("Square")
	call := n.node("Square", "y", n.input("x")).Producer()
	if call.Callee() != nil {
		t.Error("a node of ONNX's own domain calls the function")
	}
	if call.Domain = "my"; call.Callee() != f {
		t.Errorf("it calls %v", call.Callee())
	}
	if call.Overload = "other"; call.Callee() != nil {
		t.Error("another overload calls the function")
	}
	if f.Label() != "my.Square" || !f.Declares("alpha") || !f.Declares("beta") || f.Declares("gamma") || f.Default("beta").Float != 2 {
		t.Errorf("%s declares %v and %v", f.Label(), f.Attrs, f.Defaults)
	}
	n.m.RemoveFunctions(f)
	if call.Overload = ""; call.Callee() != nil || len(n.m.Functions()) != 0 {
		t.Error("the function is still there")
	}
}

// Of two functions with one name neither can be called, and both stay.
func TestFunctionDefinedTwice(t *testing.T) {
	n := newNet(t)
	all := []*Function{n.addFunction("Square"), n.addFunction("Square")}
	if !slices.Equal(n.m.Functions(), all) {
		t.Errorf("the model has %d functions", len(n.m.Functions()))
	}
	for _, f := range all {
		if !strings.Contains(f.Fault, "my.Square is defined twice") || f.Body != nil {
			t.Errorf("fault %q", f.Fault)
		}
	}
}
