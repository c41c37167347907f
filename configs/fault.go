package configs

import (
	"fmt"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/token"

	"github.com/acdeploy/acdeploy/internal/human"
)

// Fault is one thing that is wrong in a configuration, and where.
type Fault struct {
	Source  string // the file, or the environment variable or flag that gave the value
	Line    int    // from 1; 0 when the place is not known
	Column  int    // from 1, in characters
	Key     string // the configuration key, such as "bench.backends[0]"; "" for the whole file
	Message string // one sentence without a full stop
	text    string // the line itself
}

// Error is the place, the message, and below them the line with a caret.
func (f Fault) Error() string {
	f.Source, f.Key, f.Message = human.Printable(f.Source), human.Printable(f.Key), human.Printable(f.Message)
	if f.Line == 0 {
		if f.Key == "" || strings.HasPrefix(f.Message, f.Key+" ") {
			return fmt.Sprintf("%s: %s", f.Source, f.Message)
		}
		return fmt.Sprintf("%s: %s: %s", f.Source, f.Key, f.Message)
	}
	text, column := window(human.Printable(f.text, '\t'), f.Column)
	return fmt.Sprintf("%s:%d:%d: %s\n%5d | %s\n%5s | %s^", f.Source, f.Line, f.Column, f.Message,
		f.Line, text, "", indent(text, column-1))
}

// window cuts a line that is too long for a terminal down to what surrounds the column, and returns
// the column in it.
func window(line string, column int) (string, int) {
	const before, width = 60, 100
	runes := []rune(line)
	if len(runes) <= width {
		return line, column
	}
	from := min(max(0, column-1-before), len(runes))
	to := min(from+width, len(runes))
	return string(runes[from:to]), column - from
}

// indent is as wide as the first n characters of text, tabs kept.
func indent(text string, n int) string {
	var b strings.Builder
	for _, r := range text {
		if n--; n < 0 {
			break
		}
		if r != '\t' {
			r = ' '
		}
		b.WriteRune(r)
	}
	return b.String()
}

// Error is everything that is wrong with a configuration. The command line answers it with the exit
// code for a wrong configuration.
type Error struct {
	Faults []Fault // in the order of their places
}

// mostTold is how many faults are told one by one. Whoever has more has one cause, or another kind of file.
const mostTold = 20

// Error is the first faults, one after another, and how many more there are.
func (e *Error) Error() string {
	var lines []string
	for _, err := range e.Unwrap() {
		lines = append(lines, err.Error())
	}
	return strings.Join(lines, "\n")
}

// Unwrap gives the first faults one by one, and one that counts the rest.
func (e *Error) Unwrap() []error {
	var errs []error
	for i, f := range e.Faults {
		if i == mostTold {
			return append(errs, Fault{Source: f.Source, Message: "and " + human.Count(len(e.Faults)-i, "more fault")})
		}
		errs = append(errs, f)
	}
	return errs
}

// faults collects; the zero value is ready.
type faults []Fault

// add appends a fault, unless there is one at its place already: what could not be read is not
// judged by its default.
func (f *faults) add(more Fault) {
	for _, have := range *f {
		if have.Source == more.Source && have.Line == more.Line && have.Column == more.Column && have.Line > 0 {
			return
		}
	}
	*f = append(*f, more)
}

// err is nil when there are no faults.
func (f faults) err() error {
	if len(f) == 0 {
		return nil
	}
	slices.SortStableFunc(f, func(a, b Fault) int {
		if a.Source != b.Source {
			return 0
		}
		if a.Line != b.Line {
			return a.Line - b.Line
		}
		return a.Column - b.Column
	})
	return &Error{Faults: f}
}

// source is a text that values are read from.
type source struct {
	name string
	text string
	cut  []string // the lines of the text, once a fault asked for one
	word bool     // a mere word, within which no place needs to be told
	flag bool     // the value of one flag or variable, no file
}

// lines are those of the text.
func (s *source) lines() []string {
	if s.cut == nil {
		s.cut = strings.Split(s.text, "\n")
	}
	return s.cut
}

// place is where a value is in a source.
type place struct {
	src *source
	tok *token.Token // nil for a value that has no place of its own
}

// fault describes what is wrong at the place.
func (p place) fault(key, format string, args ...any) Fault {
	f := Fault{Key: key, Message: fmt.Sprintf(format, args...)}
	if p.src == nil {
		f.Source = "configuration"
		return f
	}
	f.Source = p.src.name
	if p.src.word {
		f.Key = ""
		return f
	}
	if p.tok == nil || p.tok.Position == nil {
		return f
	}
	lines := p.src.lines()
	if line := p.tok.Position.Line; line >= 1 && line <= len(lines) {
		f.Line, f.Column, f.text = line, p.tok.Position.Column, strings.TrimRight(lines[line-1], "\r")
	}
	return f
}

// String is the file with line and column, or the name of the source.
func (p place) String() string {
	switch {
	case p.src == nil:
		return "default"
	case p.src.flag || p.tok == nil || p.tok.Position == nil:
		return p.src.name
	}
	return fmt.Sprintf("%s:%d:%d", p.src.name, p.tok.Position.Line, p.tok.Position.Column)
}
