package reports

import "io"

// Format writes a document in one form. It is its own option struct, as a pass is.
type Format interface {
	// Write writes a whole document. A failure to write ends it, and is returned.
	Write(to Output, doc Document) error
}

// Filer is a [Format] that says what its file in the folder of a report is called; the file of any other is report.NAME.
type Filer interface {
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
