package reports

import "testing"

func TestWrap(t *testing.T) {
	for text, want := range map[string]string{
		"":                      "\n",
		"one":                   "one\n",
		"one two three":         "one two\n  three\n",
		"ääääää ö":              "ääääää ö\n",
		"longer-than-the-width": "longer-than-the-width\n",
		"a  b\tc":               "a b c\n",
	} {
		if got := wrap(text, "  ", 8); got != want {
			t.Errorf("%q is %q, want %q", text, got, want)
		}
	}
}
