package release

import (
	"slices"
	"strings"
	"testing"
)

const anyDigest = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

// The format is that of the program sha256sum, for text and for binary files.
func TestSums(t *testing.T) {
	want := []sum{{Name: "a b", SHA256: anyDigest}, {Name: "model.onnx", SHA256: anyDigest}}
	text := anyDigest + "  a b\n" + anyDigest + "  model.onnx\n"
	if got := string(formatSums(want)); got != text {
		t.Errorf("wrote %q", got)
	}
	for _, text := range []string{text, strings.ReplaceAll(text, "  ", " *"), strings.ReplaceAll(text, "\n", "\r\n"), strings.ToUpper(anyDigest) + text[64:]} {
		if got, err := parseSums([]byte(text)); err != nil || !slices.Equal(got, want) {
			t.Errorf("%q: %v, %v", text, got, err)
		}
	}
}

func TestSumsThatAreNone(t *testing.T) {
	for text, want := range map[string]string{
		"":                                      "line 1 is not a SHA-256 and a name",
		anyDigest:                               "line 1 is not a SHA-256 and a name",
		anyDigest + "  ":                        "line 1 is not a SHA-256 and a name",
		anyDigest[2:] + "  a":                   "line 1 is not a SHA-256 and a name",
		strings.Repeat("z", 64) + "  a":         "line 1 is not a SHA-256 and a name",
		anyDigest + "  ../a":                    `line 1 names "../a", which is no file of this folder`,
		anyDigest + "  ..":                      `line 1 names "..", which is no file of this folder`,
		anyDigest + `  C:\a`:                    `line 1 names "C:\\a", which is no file of this folder`,
		anyDigest + "  SHA256SUMS":              `line 1 names "SHA256SUMS", which is no file of this folder`,
		anyDigest + "  a\n" + anyDigest + "  a": "line 2 names a again",
	} {
		if _, err := parseSums([]byte(text)); err == nil || err.Error() != want {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}
