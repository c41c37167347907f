package release

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"github.com/acdeploy/acdeploy/internal/osfile"
)

// sum is a line of SHA256SUMS: the digest of a file, and its name.
type sum = osfile.Part

// formatSums writes lines as the program sha256sum does.
func formatSums(sums []sum) []byte {
	var text bytes.Buffer
	for _, s := range sums {
		fmt.Fprintf(&text, "%s  %s\n", s.SHA256, s.Name)
	}
	return text.Bytes()
}

// parseSums reads what the program sha256sum writes of files in one folder.
func parseSums(text []byte) ([]sum, error) {
	var sums []sum
	for i, line := range strings.Split(strings.TrimSuffix(string(text), "\n"), "\n") {
		digest, name, found := strings.Cut(strings.TrimSuffix(line, "\r"), " ")
		if raw, err := hex.DecodeString(digest); !found || err != nil || len(raw) != 32 || len(name) < 2 {
			return nil, fmt.Errorf("line %d is not a SHA-256 and a name", i+1)
		}
		s := sum{Name: name[1:], SHA256: strings.ToLower(digest)} // after a space, or * for binary
		if !plainName(s.Name) || s.Name == SumsFile {
			return nil, fmt.Errorf("line %d names %q, which is no file of this folder", i+1, s.Name)
		}
		if slices.ContainsFunc(sums, func(other sum) bool { return other.Name == s.Name }) {
			return nil, fmt.Errorf("line %d names %s again", i+1, s.Name)
		}
		sums = append(sums, s)
	}
	return sums, nil
}

// plainName reports whether a name is that of something in a folder itself, on every system.
func plainName(name string) bool {
	return name != "" && name != "." && name != ".." && !strings.ContainsAny(name, "/\\:\x00\n")
}

// ParseSums reads SHA256SUMS: the digest and the name of each file of a release folder. The names have no folder in them.
func ParseSums(text []byte) ([]osfile.Part, error) { return parseSums(text) }
