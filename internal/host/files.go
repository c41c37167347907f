package host

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// readText is the trimmed content of a small file under root, or [Unavailable]. Systems without such
// a file system simply have none of them.
func readText(root, name string) string {
	data, err := os.ReadFile(filepath.Join(root, name))
	if err != nil {
		return Unavailable
	}
	return strings.TrimSpace(string(data))
}

func orUnavailable(text string) string {
	if text == "" {
		return Unavailable
	}
	return text
}

// number reads a decimal integer; nil when text is none.
func number(text string) *int64 {
	n, err := strconv.ParseInt(strings.TrimSpace(text), 10, 64)
	if err != nil {
		return nil
	}
	return &n
}

// field is the value of a "key value" or "key: value" line, or [Unavailable].
func field(text, key string) string {
	for line := range strings.Lines(text) {
		name, value, ok := strings.Cut(strings.TrimSpace(line), " ")
		if !ok {
			name, value, _ = strings.Cut(strings.TrimSpace(line), "\t")
		}
		if strings.TrimSuffix(strings.TrimSpace(name), ":") == key {
			return strings.TrimSpace(value)
		}
	}
	return Unavailable
}

// chosen is the bracketed word of a file such as "always [madvise] never".
func chosen(text string) string {
	_, rest, ok := strings.Cut(text, "[")
	word, _, closed := strings.Cut(rest, "]")
	if !ok || !closed {
		return text
	}
	return word
}
