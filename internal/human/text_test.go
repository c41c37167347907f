package human

import "testing"

func TestClip(t *testing.T) {
	for s, want := range map[string]string{"": "", "12345": "12345", "/größe/conv": "…conv", "×××××××": "…××××"} {
		if got := Clip(s, 5); got != want {
			t.Errorf("%q is %q, want %q", s, got, want)
		}
	}
}

func TestShellWord(t *testing.T) {
	for path, want := range map[string]string{
		"":             "''",
		"a/b-c_1.onnx": "a/b-c_1.onnx",
		"my model":     "'my model'",
		"it's":         `'it'\''s'`,
		"$HOME":        "'$HOME'",
		"~/x":          "'~/x'",
	} {
		if got := ShellWord(path); got != want {
			t.Errorf("%q is %q, want %q", path, got, want)
		}
	}
}

func TestWrap(t *testing.T) {
	for text, want := range map[string]string{
		"":                      "",
		"one":                   "one",
		"one two three":         "one two\n  three",
		"ääääää ö":              "ääääää ö",
		"longer-than-the-width": "longer-than-the-width",
		"a  b\tc":               "a b c",
	} {
		if got := Wrap(text, "  ", 8); got != want {
			t.Errorf("%q is %q, want %q", text, got, want)
		}
	}
}

func TestCommandLine(t *testing.T) {
	if got, want := CommandLine([]string{"python3", "my pass.py", "-v"}), "python3 'my pass.py' -v"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
