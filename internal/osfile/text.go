package osfile

import (
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// PlainText is a text in UTF-8 without a mark of its encoding. What Windows PowerShell redirects to a file is UTF-16, and begins with a
// mark that says so. A text without a mark comes back as it is.
func PlainText(text []byte) []byte {
	decoded, _, err := transform.Bytes(unicode.BOMOverride(encoding.Nop.NewDecoder()), text)
	if err != nil {
		return text
	}
	return decoded
}
