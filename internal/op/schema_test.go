package op

import (
	"testing"

	"github.com/acdeploy/acdeploy/graph"
)

// TestPublished reads every row of the table: its words are of the form that schema.go describes.
func TestPublished(t *testing.T) {
	for _, c := range []struct {
		name  string
		opset int64
		want  schema
	}{
		{"Squeeze", 11, schema{"data", "0", "axes:I"}},
		{"Squeeze", 13, schema{"data axes?", "0", ""}},
		{"Squeeze", 25, schema{"data axes?", "0", ""}},
		{"Concat", 3, schema{"inputs*", "0", "axis:i=1"}},
		{"Concat", 4, schema{"inputs*", "0", "axis:i!"}},
		{"Dropout", 13, schema{"data ratio? training_mode?", "0 =9", "seed:i"}},
	} {
		if got, ok := published(c.name, c.opset); !ok || got != c.want {
			t.Errorf("%s in opset %d: %q", c.name, c.opset, got)
		}
	}
	if _, ok := published("Squeeze", 0); ok {
		t.Error("opset 0 has an operator")
	}
}

func TestSchemaWords(t *testing.T) {
	s := schema{"data axes? rest*", "0 =7 1|2*", "axis:i=-1 keep:i axes:I alpha:f=0.25 mode:s=constant"}
	for name, want := range map[string]int{"data": 0, "axes": 1, "rest": 2, "ax": -1, "": -1} {
		if got := s.input(name); got != want {
			t.Errorf("input %q is %d, want %d", name, got, want)
		}
	}
	for i, want := range []string{"0", "=7", "1|2", "1|2"} {
		if got := s.element(i); got != want {
			t.Errorf("result %d is %q, want %q", i, got, want)
		}
	}
	if got := (schema{outputs: "0"}).element(1); got != "?" {
		t.Errorf("a result that is not published is %q", got)
	}
	if s.intDefault("axis") != -1 || s.intDefault("keep") != 0 || s.intDefault("ax") != 0 || s.floatDefault("alpha") != 0.25 || s.stringDefault("mode") != "constant" {
		t.Error("a default is not the written one")
	}
}

// TestKinds: every letter of the table stands for a kind of its own.
func TestKinds(t *testing.T) {
	seen := map[graph.AttrKind]bool{}
	for _, letter := range "fistgFISpy" {
		kind := kindOf(byte(letter))
		if kind == 0 || seen[kind] {
			t.Errorf("%c stands for kind %d", letter, kind)
		}
		seen[kind] = true
	}
}
