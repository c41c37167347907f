package configs_test

import (
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
