package configs_test

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/configs"
)

// TestComponentsAreWrittenAsTheyAreRead names engines in every form.
func TestComponentsAreWrittenAsTheyAreRead(t *testing.T) {
	c := configs.Defaults()
	if err := c.Set("bench.backends", "[ort, {ort: }, {ort: {provider: cuda, required: true}}, {reference: {required: true}}]", "test"); err != nil {
		t.Fatal(err)
	}
	text, err := c.YAML()
	if err != nil {
		t.Fatal(err)
	}
	want := `  backends:
    - ort
    - ort
    - ort:
        provider: cuda
        required: true
    - reference:
        required: true
`
	if !strings.Contains(string(text), want) {
		t.Errorf("written as\n%s\nwant\n%s", text, want)
	}
	var e engine
	if b := c.Bench.Backends[2]; !b.Required || b.Decode(&e) != nil || e.Provider != "cuda" {
		t.Errorf("read %+v, %+v", b, e)
	}
	if err := configs.Named("ort").Decode(&e); err != nil || e.Provider != "cuda" {
		t.Errorf("a mere name changes options: %+v, %v", e, err)
	}
}

func TestComponentsThatAreNone(t *testing.T) {
	for value, want := range map[string]string{
		"[[ort]]":                            "want a name, or one name with its options",
		"[{ort: {}, reference: {}}]":         "want a name, or one name with its options",
		"[{ort: 3}]":                         `want the options of ort as keys and values, found "3"`,
		"[{ort: {required: perhaps}}]":       "want true or false",
		"[{ort: {required: true, who: me}}]": "",
	} {
		c := configs.Defaults()
		err := c.Set("bench.backends", value, "test")
		if said := err != nil && strings.Contains(err.Error(), want); said != (want != "") {
			t.Errorf("%s: %v, want %q", value, err, want)
		}
	}
}

// program is a component that is placed, with options of any kind.
type program struct {
	Options map[string]any `yaml:"options"`
	folder  string
}

var _ configs.Placed = (*program)(nil)

func (p *program) Place(folder string) { p.folder = folder }

// TestPlaced tells a component in which folder the configuration file lies that lists it, and one that a flag or a variable lists nothing.
func TestPlaced(t *testing.T) {
	for name, want := range map[string]string{"c.yaml": ".", "some/where/c.yaml": filepath.Join("some", "where")} {
		c, err := configs.Parse(name, []byte("passes: [fold_pad, {fold_pad: {options: {a: 1, b: [x, 0.5, true], c: {d: null, e: 2.5}}}}]"), configs.Catalogs{})
		if len(c.Passes) != 2 {
			t.Fatal(err)
		}
		for i := range c.Passes {
			var p program
			if err := c.Passes[i].Decode(&p); err != nil || p.folder != want {
				t.Errorf("%s: it is in %q, %v", name, p.folder, err)
			}
			if text, err := json.Marshal(p.Options); i == 1 && (err != nil || string(text) != `{"a":1,"b":["x",0.5,true],"c":{"d":null,"e":2.5}}`) {
				t.Errorf("the options are %s, %v", text, err)
			}
		}
	}
	c := configs.Defaults()
	if err := c.Set("passes", "{fold_pad: {options: {}}}", "--passes"); err != nil {
		t.Fatal(err)
	}
	var p program
	if err := c.Passes[0].Decode(&p); err != nil || p.folder != "" {
		t.Errorf("a flag is in %q, %v", p.folder, err)
	}
}
