package configs_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/acdeploy/acdeploy/catalog"
	"github.com/acdeploy/acdeploy/configs"
)

// every is an option struct with a field of each kind that a configuration may hold.
type every struct {
	Whole   int8              `yaml:"whole"`
	Natural uint16            `yaml:"natural"`
	Part    float64           `yaml:"part"`
	Flag    bool              `yaml:"flag"`
	Text    string            `yaml:"text"`
	Time    time.Duration     `yaml:"time"`
	Words   map[string]string `yaml:"words"`
	List    []int             `yaml:"list"`
	Maybe   *int              `yaml:"maybe"`
}

func decoded(t *testing.T, options string) (every, error) {
	t.Helper()
	known := configs.Known(catalog.Catalog[any]{}, catalog.Catalog[any]{{Name: "e", Doc: "is e", New: func() any { return &every{Text: "usual"} }}})
	c := configs.Defaults()
	c.Model = "a.onnx"
	if err := c.Set("bench.backends", "[{e: {"+options+"}}]", "test"); err != nil {
		t.Fatal(err)
	}
	if err := c.Validate(known); err != nil {
		return every{}, err
	}
	made := every{Text: "usual"}
	return made, c.Bench.Backends[0].Decode(&made)
}

func TestDecodeEveryKind(t *testing.T) {
	got, err := decoded(t, `whole: -0x7f, natural: 65535, part: 0.001, flag: true, time: 1m30s, words: {a.b: "1"}, list: [3, 4], maybe: 0`)
	if err != nil {
		t.Fatal(err)
	}
	zero := 0
	want := every{-127, 65535, 0.001, true, "usual", 90 * time.Second, map[string]string{"a.b": "1"}, []int{3, 4}, &zero}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if got, err = decoded(t, "text: ,whole: null"); err != nil || got.Text != "usual" {
		t.Errorf("an empty value: %+v, %v", got, err)
	}
}

func TestDecodeReadsEveryWayToWriteANumber(t *testing.T) {
	for text, want := range map[string]float64{
		"1e-6": 1e-6, "5E-6": 5e-6, "1.5e-3": 1.5e-3, "+2e+1": 20, "-1e-3": -1e-3, ".5": 0.5, "3": 3,
		"2%": 0.02, "2 %": 0.02, "0.5 %": 0.005, "1e-1%": 1e-3, `"2 %"`: 0.02, "'1e-6'": 1e-6,
	} {
		got, err := decoded(t, "part: "+text)
		if err != nil || got.Part != want {
			t.Errorf("%s is read as %v, %v; want %v", text, got.Part, err, want)
		}
	}
}

func TestDecodeRefuses(t *testing.T) {
	for options, want := range map[string]string{
		"whole: 128":          `want a whole number for bench.backends[0].e.whole, found "128"`,
		"natural: -1":         `want a whole number that is not negative for bench.backends[0].e.natural, found "-1"`,
		"part: .inf":          "want a number such as 0.02, 1e-6 or 2% for bench.backends[0].e.part",
		"part: abc":           "want a number such as 0.02, 1e-6 or 2% for bench.backends[0].e.part, found \"abc\"",
		"part: 1e":            `found "1e"`,
		"part: 2 %%":          `found "2 %%"`,
		"part: 1e999":         `found "1e999"`,
		"whole: 2%":           `want a whole number for bench.backends[0].e.whole, found "2%"`,
		"whole: 2 %":          `found "2 %"`,
		"natural: 5%":         `want a whole number that is not negative for bench.backends[0].e.natural, found "5%"`,
		"flag: maybe":         "want true or false for",
		`whole: "1"`:          "want a whole number for",
		"text: [a]":           "want text for bench.backends[0].e.text, found a list",
		"time: 5":             "want a duration such as 50ms or 1m30s for",
		"list: 3":             `want a list for bench.backends[0].e.list, found "3"`,
		"list: [1, ]":         "",
		"words: [a]":          "want keys and values for bench.backends[0].e.words, found a list",
		"words: {a: b, a: c}": `"a" is given twice`,
		"flag: true, flag: 1": `"flag" is given twice`,
		"flagg: true":         `unknown field "flagg", did you mean "flag"?`,
	} {
		_, err := decoded(t, options)
		if want == "" {
			if err != nil {
				t.Errorf("%s: %v", options, err)
			}
			continue
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", options, err, want)
		}
	}
}
