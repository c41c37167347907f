package human

import "testing"

func TestPrintable(t *testing.T) {
	for s, want := range map[string]string{
		"conv1/Größe 3×3":      "conv1/Größe 3×3",
		"a\x1b[2Jb\r\nc":       "a�[2Jb��c",
		"tab\tdel\x7f":         "tab�del�",
		"c1\u009bcontrol":      "c1�control",
		"right to left \u202e": "right to left �",
		"not UTF-8 \xff\xfe.":  "not UTF-8 ��.",
		"":                     "",
	} {
		if got := Printable(s); got != want {
			t.Errorf("%q is %q, want %q", s, got, want)
		}
	}
	if got := Printable("a\tb\n", '\t'); got != "a\tb�" {
		t.Errorf("with tabs it is %q", got)
	}
}

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
