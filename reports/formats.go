package reports

import (
	"fmt"
	"io"
	"strings"
)

// Format writes a report in one form.
type Format struct {
	Name  string
	Doc   string // one sentence without a full stop
	Write func(io.Writer, *Report) error
}

// Formats lists the forms of a report. With ascii, tables are drawn with plain characters, for output
// that is no terminal.
func Formats(ascii bool) []Format {
	return []Format{
		{"table", "for a terminal", func(w io.Writer, r *Report) error { return r.terminal(w, ascii) }},
		{"markdown", "for a page or the summary of a build", func(w io.Writer, r *Report) error { return r.markdown(w) }},
		{"json", "complete, with every raw sample", func(w io.Writer, r *Report) error { r.fill(); return JSON(w, r) }},
	}
}

// FindFormat finds a form by its name.
func FindFormat(formats []Format, name string) (Format, error) {
	var names []string
	for _, f := range formats {
		if f.Name == name {
			return f, nil
		}
		names = append(names, f.Name)
	}
	return Format{}, fmt.Errorf("format %q is not known; known are %s", name, strings.Join(names, ", "))
}

// markdown puts the conclusion first, where a reader of a page looks.
func (r *Report) markdown(w io.Writer) error {
	var p page
	if s, ok := r.conclusion(); ok {
		p = append(p, s)
	}
	return append(p, r.evidence()...).write(w, markdownStyle())
}

// terminal puts the conclusion last, where the eye is when a command ends.
func (r *Report) terminal(w io.Writer, ascii bool) error {
	p := r.evidence()
	if s, ok := r.conclusion(); ok {
		p = append(p, s)
	}
	return p.write(w, terminalStyle(ascii))
}
