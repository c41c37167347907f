package main

import (
	"testing"

	"github.com/acdeploy/acdeploy/internal/mutant"
)

// TestParts asks of every kind of fault whether the parts say what the whole comparison says, in every way.
func TestParts(t *testing.T) {
	c := openedCell(t, zooSubject(t, "repvgg_se"), "ArgMax")
	if c.parts == nil || len(c.parts.inMemory) == 0 || len(c.parts.inFile) == 0 {
		t.Fatalf("%+v", c.parts)
	}
	for k, kind := range mutant.Kinds() {
		m := mutantOf{kind, 1e-3, uint64(k)}
		var in [2]map[way]verdict
		for whole := range in {
			c.whole = whole == 1
			o, ok, err := c.try(t.Context(), m)
			if err != nil || !ok {
				t.Fatalf("%s: %t, %v", kind, ok, err)
			}
			in[whole] = o.in
		}
		for _, w := range ways() {
			if part, whole := in[0][w], in[1][w]; part.by != whole.by || part.by == "" {
				t.Errorf("%s, %s: %q by its parts, %q as a whole", kind, w, part.by, whole.by)
			}
		}
	}
}

// TestPartsOfTheSoundModel finds nothing in a sound model of other names, and a number that is off.
func TestPartsOfTheSoundModel(t *testing.T) {
	c := openedCell(t, zooSubject(t, "lenet5"), "Softmax")
	m := c.sound.Model().Clone()
	disguise(m)
	if found, err := c.partsOfFile(t.Context(), m); err != nil || found.by != "" {
		t.Errorf("the sound model: %+v, %v", found, err)
	}
	fault, ok := mutantOf{mutant.Layer, 1e-3, 1}.draw(m.Graph)
	if !ok {
		t.Fatal("there is no layer")
	}
	fault.Apply()
	if found, err := c.partsOfFile(t.Context(), m); err != nil || found.by != byBytes {
		t.Errorf("a number is off: %+v, %v", found, err)
	}
}
