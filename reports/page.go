package reports

import (
	"io"
	"strings"

	"github.com/acdeploy/acdeploy/internal/human"
)

// maxCell is the longest cell, in characters: a column is as wide as its widest cell in every row.
const maxCell = 120

// Page is what a document says to people, before it takes a form.
type Page struct {
	// Result is what a release engineer reads first; nil where nothing is concluded. A format puts it where
	// its reader looks.
	Result *Section
	// Summary is the numbers of the result in a small table; nil where there are none. A format that shows the evidence may
	// leave it out.
	Summary  *Section
	Evidence []Section // what the result rests on, in order
}

// Section is a heading with sentences, a table, and notes below it. Each part may be empty.
type Section struct {
	Title string   // its heading
	Lead  []string // sentences above the table
	Table *Table   // nil for none
	Notes []string // sentences below the table, one paragraph
	Items []string // a list below them
}

// Table is what a section shows in rows. The first row of a group names it; further rows of the group
// leave its first cells empty.
type Table struct {
	Columns []Column   // from left to right
	Rows    [][]string // a cell for each column
}

// Column is the heading of a column.
type Column struct {
	Title   string // its heading
	Numbers bool   // its cells are numbers, to be set flush right
	Whole   bool   // its cells mean something else without their beginning, as "invalid" does
}

// Format writes a document in one form. It is its own option struct, as a pass is.
type Format interface {
	// Write writes a whole document. A failure to write ends it, and is returned.
	Write(to Output, doc Document) error
}

// Filer is a [Format] that says what its file in the folder of a report is called; the file of any other is report.NAME.
type Filer interface {
	// File is the name, without a folder.
	File() string
}

// fileOf is the name of the file of a format.
func fileOf(name string, f Format) string {
	if filer, ok := f.(Filer); ok {
		return filer.File()
	}
	return "report." + name
}

// Document is what a format writes: a [Report], a [Compare] or a [Series]. Its JSON form is the complete
// one.
type Document interface {
	// Page is what the document says to people, its text safe for a terminal.
	Page() Page
}

// Output is where a document goes, and what can be shown there.
type Output struct {
	io.Writer
	ASCII bool // draw lines with plain characters: it is no terminal
	Width int  // in characters, which nothing may exceed; 0 for no limit
	// Commands is where what a program that builds software obeys goes; nil where nothing reads it. A format writes no text there that
	// comes from a file, unless it is escaped.
	Commands io.Writer
	Brief    bool // only the result and its summary, for a reader who waits at a terminal
}

// newTable makes a table of columns; a header that begins with ">" is of a column of numbers, one that begins with "=" of a column whose
// cells stay whole.
func newTable(headers ...string) *Table {
	t := &Table{}
	for _, h := range headers {
		c := Column{Title: strings.TrimLeft(h, ">=")}
		c.Numbers, c.Whole = strings.HasPrefix(h, ">"), strings.HasPrefix(h, "=")
		t.Columns = append(t.Columns, c)
	}
	return t
}

func (t *Table) add(cells ...string) { t.Rows = append(t.Rows, cells) }

// newPage makes a page of what was found, without a result.
func newPage(evidence ...Section) Page {
	p := Page{}
	for _, s := range evidence {
		p.Evidence = append(p.Evidence, s.printable())
	}
	return p
}

// conclude gives a page its result.
func (p Page) conclude(s Section) Page {
	s = s.printable()
	p.Result = &s
	return p
}

// summarize gives a page its small table.
func (p Page) summarize(s Section) Page {
	s = s.printable()
	p.Summary = &s
	return p
}

// printable is the section with text that is safe to print, since names in it come from files, and with
// cells that fit.
func (s Section) printable() Section {
	lines := func(list []string) []string {
		var safe []string
		for _, line := range list {
			safe = append(safe, human.Printable(line))
		}
		return safe
	}
	s.Title = human.Printable(s.Title) // a trend has names of models there
	s.Lead, s.Notes, s.Items = lines(s.Lead), lines(s.Notes), lines(s.Items)
	if s.Table == nil {
		return s
	}
	t := &Table{Columns: s.Table.Columns}
	for _, row := range s.Table.Rows {
		cells := lines(row)
		for i := range cells {
			cells[i] = human.Clip(cells[i], maxCell)
		}
		t.Rows = append(t.Rows, cells)
	}
	s.Table = t
	return s
}
