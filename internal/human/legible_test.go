package human_test

import (
	"encoding/json"
	"reflect"
	"testing"

	"github.com/acdeploy/acdeploy/internal/human"
)

func TestUTF8(t *testing.T) {
	for text, want := range map[string]string{
		"":                   "",
		"a\nb\x1b é":         "a\nb\x1b é",
		"\ufffd":             "\ufffd",
		"d\xff/é\xc3.onnx":   `d\xff/é\xc3.onnx`,
		"d\xfe/é\xc3.onnx\n": `d\xfe/é\xc3.onnx` + "\n",
	} {
		if got := human.UTF8(text); got != want {
			t.Errorf("%q becomes %q, want %q", text, got, want)
		}
	}
}

type name string

type Embedded struct{ Path name }

type document struct {
	*Embedded
	Arms    []Embedded
	Samples []float64
	Pair    [2]string
	Ratios  map[string]any
	Next    *document
	Any     any
	Raw     json.RawMessage
	secret  string
}

func TestLegible(t *testing.T) {
	make := func(bad string) *document {
		return &document{
			Embedded: &Embedded{name(bad)},
			Arms:     []Embedded{{"a"}, {name(bad)}},
			Samples:  []float64{1},
			Pair:     [2]string{bad, "b"},
			Ratios:   map[string]any{bad: []string{bad}, "n": 1.5, "nothing": nil},
			Next:     &document{Any: bad},
			Raw:      json.RawMessage(`{}`),
			secret:   "\xff",
		}
	}
	d := make("p\xff")
	if got := human.Legible(d); !reflect.DeepEqual(got, make(`p\xff`)) {
		t.Errorf("got %+v", got)
	}
	if !reflect.DeepEqual(d, make("p\xff")) {
		t.Errorf("the document itself is now %+v", d)
	}
	if plain := make("p"); human.Legible(plain) != plain {
		t.Error("a document with nothing to write otherwise is copied")
	}
	if human.Legible[any](nil) != nil {
		t.Error("nothing became something")
	}
}
