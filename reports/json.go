package reports

import (
	"bytes"
	"encoding/json"
	"io"

	"github.com/acdeploy/acdeploy/internal/human"
)

// JSON writes a document, indented. A list of plain numbers or words stays on one line, so that the
// samples of a measurement do not take a line each. A byte of a path that is no UTF-8 is written as \xff.
func JSON(w io.Writer, document any) error {
	if r, ok := document.(*Report); ok {
		r.fill()
	}
	var compact bytes.Buffer
	e := json.NewEncoder(&compact)
	e.SetEscapeHTML(false)
	if err := e.Encode(human.Legible(document)); err != nil {
		return err
	}
	_, err := human.NewWriter(w).Write(indented(compact.Bytes())) // a terminal may show the file
	return err
}

// indented lays out compact JSON.
func indented(compact []byte) []byte {
	out := make([]byte, 0, len(compact)+len(compact)/4)
	depth := 0
	line := func() {
		out = append(out, '\n')
		for range depth {
			out = append(out, ' ', ' ')
		}
	}
	for i := 0; i < len(compact); {
		switch c := compact[i]; c {
		case '"':
			n := stringLength(compact[i:])
			out = append(out, compact[i:i+n]...)
			i += n
			continue
		case '{', '[':
			if n := flatLength(compact[i:]); n > 0 {
				out = append(out, compact[i:i+n]...)
				i += n
				continue
			}
			depth++
			out = append(out, c)
			line()
		case '}', ']':
			depth--
			line()
			out = append(out, c)
		case ',':
			out = append(out, c)
			line()
		case ':':
			out = append(out, ':', ' ')
		default:
			out = append(out, c)
		}
		i++
	}
	return out
}

// stringLength is the length of the JSON string that s begins with.
func stringLength(s []byte) int {
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(s)
}

// flatLength is the length of the list that s begins with, when no element is an object or a list, and
// of an empty object; otherwise 0.
func flatLength(s []byte) int {
	if s[0] == '{' {
		if s[1] == '}' {
			return 2
		}
		return 0
	}
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '"':
			i += stringLength(s[i:]) - 1
		case '{', '[':
			return 0
		case ']':
			return i + 1
		}
	}
	return 0
}
