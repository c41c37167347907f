package onnx

import "testing"

func TestNameSet(t *testing.T) {
	n := newNameSet()
	for _, c := range []struct {
		name  string
		isNew bool
	}{{"a", true}, {"b", true}, {"a", false}, {"", true}, {"", false}} {
		if got := n.add([]byte(c.name)); got != c.isNew {
			t.Errorf("%q is new: %t", c.name, got)
		}
	}
}
