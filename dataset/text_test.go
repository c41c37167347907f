package dataset

import (
	"slices"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/internal/npztest"
	"github.com/acdeploy/acdeploy/tensor"
)

// utf32 is a string as NumPy stores it, in so many characters.
func utf32(s string, width int) []byte {
	raw := make([]byte, 4*width)
	for i, r := range []rune(s) {
		raw[4*i], raw[4*i+1], raw[4*i+2] = byte(r), byte(r>>8), byte(r>>16)
	}
	return raw
}

func TestText(t *testing.T) {
	for _, c := range []struct {
		descr string
		raw   []byte
	}{
		{"<U3", slices.Concat(utf32("né😀", 3), utf32("", 3))},
		{"|S7", []byte("né😀\x00\x00\x00\x00\x00\x00\x00")},
	} {
		path := npztest.File(t, map[string][]byte{"words": npztest.Array(c.descr, "(2,)", c.raw)})
		words := tensor.Spec{Name: "words", Type: tensor.String, Ranked: true, Shape: []tensor.Dim{{Size: -1, Param: "N"}}}
		data, err := Open(Options{Path: path, Images: "images", Batch: 2}, []tensor.Spec{words}, nil)
		if err != nil {
			t.Fatal(err)
		}
		for batch, err := range data.Batches() {
			if err != nil || !slices.Equal(batch.Inputs["words"].Strings(), []string{"né😀", ""}) {
				t.Errorf("%s: %q, %v", c.descr, batch.Inputs["words"].Strings(), err)
			}
		}
	}
}

func TestTextThatIsNone(t *testing.T) {
	for _, descr := range []string{"<U", "<Ux", "<U0", "<U99999999999", "<f4", "S-1"} {
		if got, ok := textType(descr); ok {
			t.Errorf("%s is taken for strings: %v", descr, got)
		}
	}
	one := text{width: 4, unicode: true}
	if got, err := one.decode([]byte{0, 0, 0, 0xff}); err == nil || !strings.Contains(err.Error(), "no character") {
		t.Errorf("%q, %v", got, err)
	}
}
