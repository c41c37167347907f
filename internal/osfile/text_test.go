package osfile_test

import (
	"testing"

	"github.com/acdeploy/acdeploy/internal/osfile"
)

func TestPlainText(t *testing.T) {
	for name, text := range map[string]string{
		"UTF-8":                    "é\xff",
		"nothing":                  "",
		"UTF-8 with a mark":        "\xef\xbb\xbfé",
		"UTF-16, little end first": "\xff\xfe\xe9\x00",
		"UTF-16, big end first":    "\xfe\xff\x00\xe9",
	} {
		want := "é"
		switch name {
		case "UTF-8", "nothing":
			want = text
		}
		if got := string(osfile.PlainText([]byte(text))); got != want {
			t.Errorf("%s is read as %q, want %q", name, got, want)
		}
	}
}
