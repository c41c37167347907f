package catalog

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

type option struct{ Level int }

func sample() Catalog[*option] {
	return Catalog[*option]{
		{Name: "fold_pad", Doc: "folds pads\n\nmore", New: func() *option { return &option{Level: 1} }},
		{Name: "fuse_branches", Doc: "fuses", New: func() *option { return &option{Level: 2} }},
	}
}

func TestMake(t *testing.T) {
	c := sample()
	made, err := c.Make("fuse_branches", nil)
	if err != nil || made.Level != 2 {
		t.Errorf("got %+v, %v", made, err)
	}
	made, err = c.Make("fold_pad", func(into any) error { into.(*option).Level = 7; return nil })
	if err != nil || made.Level != 7 {
		t.Errorf("got %+v, %v", made, err)
	}
	if again, _ := c.Make("fold_pad", nil); again.Level != 1 {
		t.Errorf("a component that was made before shows: %+v", again)
	}
	cause := errors.New("no such option")
	if _, err := c.Make("fold_pad", func(any) error { return cause }); !errors.Is(err, cause) || !strings.Contains(err.Error(), "fold_pad") {
		t.Errorf("got %v", err)
	}
}

func TestDefault(t *testing.T) {
	all := Catalog[string]{{Name: "always"}, {Name: "listed", Listed: true}, {Name: "too"}}
	if got := strings.Join(all.Default().Names(), " "); got != "always too" || len(all) != 3 {
		t.Errorf("got %s of %d", got, len(all))
	}
}

func TestFind(t *testing.T) {
	_, err := sample().Find("fuse_branch")
	if err == nil || !strings.Contains(err.Error(), `did you mean "fuse_branches"?`) || !strings.Contains(err.Error(), "fold_pad, fuse_branches") {
		t.Errorf("got %v", err)
	}
	if _, err := sample().Find("quantize"); err == nil || strings.Contains(err.Error(), "did you mean") {
		t.Errorf("got %v", err)
	}
	if title := sample()[0].Title(); title != "folds pads" {
		t.Errorf("title %q", title)
	}
}

// TestFindSuggestsByAlias asks for a component by another word for it, though the name of another is nearer.
func TestFindSuggestsByAlias(t *testing.T) {
	none := func() any { return nil }
	c := Catalog[any]{
		{Name: "ort", Doc: "x", New: none, Aliases: []string{"onnxruntime"}},
		{Name: "tensorrt", Doc: "x", New: none, Aliases: []string{"trt"}},
	}
	for word, want := range map[string]string{
		"trt": "tensorrt", "TRT": "tensorrt", "onnxruntime": "ort", "ONNXRuntime": "ort", "TensorRT": "tensorrt", "orrt": "ort", "tvm": "",
	} {
		_, err := c.Find(word)
		if err == nil {
			t.Errorf("%s is taken for a name", word)
			continue
		}
		if got, _, _ := strings.Cut(err.Error(), "; "); got != fmt.Sprintf("%q is not known", word)+given(want) {
			t.Errorf("%s: %s, want %q", word, got, want)
		}
	}
}

func given(suggestion string) string {
	if suggestion == "" {
		return ""
	}
	return didYouMean(suggestion)
}

func TestCanonical(t *testing.T) {
	none := func() any { return nil }
	c := Catalog[any]{{Name: "markdown", Doc: "x", New: none, Aliases: []string{"md"}}}
	for name, want := range map[string]string{"md": "markdown", "markdown": "markdown", "other": "other", "": ""} {
		if got := c.Canonical(name); got != want {
			t.Errorf("%q is %q, want %q", name, got, want)
		}
	}
}

func TestValidate(t *testing.T) {
	if err := sample().Validate(); err != nil {
		t.Error(err)
	}
	bad := append(sample(), Entry[*option]{Name: "fold_pad", Doc: "again", New: sample()[0].New},
		Entry[*option]{Name: "FoldPad", Doc: "x", New: sample()[0].New}, Entry[*option]{Name: "silent", New: sample()[0].New}, Entry[*option]{Name: "empty", Doc: "x"})
	err := bad.Validate()
	for _, want := range []string{"fold_pad is listed twice", `"FoldPad" is not snake_case`, "silent has no description", "empty has no constructor"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not say %q", err, want)
		}
	}
}

func TestSuggest(t *testing.T) {
	for word, want := range map[string]string{"tolerancy": "tolerance", "unots": "units", "x": "", "": ""} {
		got := Suggest(word, []string{"tolerance", "units", "margin"})
		if want == "" && got != "" || want != "" && !strings.Contains(got, want) {
			t.Errorf("%q: %q", word, got)
		}
	}
}
