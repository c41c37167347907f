package human

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"
)

// Printable writes text that comes from files, such as the name of a node, on one line that steers no terminal: every
// character that is not visible is escaped as \n or \u001b, and a byte that is no UTF-8 as \xff. Those to keep stay.
// Addresses lose their secrets, see [WithoutSecrets].
func Printable(s string, keep ...rune) string {
	s = WithoutSecrets(s)
	visible := func(r rune) bool { return strconv.IsGraphic(r) || slices.Contains(keep, r) }
	if utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool { return !visible(r) }) {
		return s
	}
	var b []byte
	for len(s) > 0 {
		r, n := utf8.DecodeRuneInString(s)
		if r == utf8.RuneError && n == 1 || !visible(r) {
			b = appendEscape(b, s[:n])
		} else {
			b = append(b, s[:n]...)
		}
		s = s[n:]
	}
	return string(b)
}

// appendEscape appends a character in the escapes of JSON, or a byte that belongs to no character.
func appendEscape(b []byte, character string) []byte {
	switch character {
	case "\n":
		return append(b, `\n`...)
	case "\r":
		return append(b, `\r`...)
	case "\t":
		return append(b, `\t`...)
	}
	r, n := utf8.DecodeRuneInString(character)
	if r == utf8.RuneError && n == 1 {
		return fmt.Appendf(b, `\x%02x`, character[0])
	}
	if r > 0xffff {
		r -= 0x10000
		return fmt.Appendf(b, `\u%04x\u%04x`, 0xd800+r>>10, 0xdc00+r&0x3ff)
	}
	return fmt.Appendf(b, `\u%04x`, r)
}

// Writer passes text on to a terminal or a log of which nothing may take control. It escapes as [Printable] does, and
// what programs that build software take for a command: :: where a line begins, and [ after ##. Ends of lines and tabs
// stay. JSON stays JSON of the same values. Addresses that are written at once lose their secrets, see [WithoutSecrets].
type Writer struct {
	mu      sync.Mutex
	to      io.Writer
	begun   []byte // the first bytes of a character whose others have not come
	line    []byte // the end of the line so far
	started bool   // the line has something other than blanks
}

// NewWriter makes a [Writer].
func NewWriter(to io.Writer) *Writer { return &Writer{to: to} }

// Unwrap is where the text goes.
func (w *Writer) Unwrap() io.Writer { return w.to }

// Write implements [io.Writer]. A character of several bytes is passed on when it is complete.
func (w *Writer) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	text := append(w.begun, p...)
	whole := text[:len(text)-unfinished(text)]
	w.begun = slices.Clone(text[len(whole):])
	if err := w.pass(whole); err != nil {
		return 0, err
	}
	return len(p), nil
}

// Flush passes on what is left of a character that was cut off.
func (w *Writer) Flush() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	rest := w.begun
	w.begun = nil
	return w.pass(rest)
}

func (w *Writer) pass(text []byte) error {
	if len(text) == 0 {
		return nil
	}
	text = []byte(WithoutSecrets(string(text)))
	out := make([]byte, 0, len(text))
	for len(text) > 0 {
		r, n := utf8.DecodeRune(text)
		if bad := r == utf8.RuneError && n == 1; bad || !strconv.IsGraphic(r) && r != '\n' && r != '\t' || w.commands(r) {
			out = appendEscape(out, string(text[:n]))
		} else {
			out = append(out, text[:n]...)
		}
		w.follow(text[:n])
		text = text[n:]
	}
	_, err := w.to.Write(out)
	return err
}

// mostLine is how much of a line is kept: the longest word before a [ that makes a command.
const mostLine = len("##teamcity")

// commands reports whether the next character would complete what a build server obeys.
func (w *Writer) commands(r rune) bool {
	switch r {
	case ':':
		return !w.started && bytes.HasSuffix(w.line, []byte(":"))
	case '[':
		return slices.ContainsFunc([]string{"##", "##vso", "##teamcity"}, func(word string) bool { return bytes.HasSuffix(w.line, []byte(word)) })
	}
	return false
}

// follow remembers the end of the line. The first colon of a line does not start it.
func (w *Writer) follow(character []byte) {
	if character[0] == '\n' {
		w.line, w.started = w.line[:0], false
		return
	}
	blank := len(bytes.TrimSpace(character)) == 0
	if !blank && (character[0] != ':' || bytes.HasSuffix(w.line, []byte(":"))) {
		w.started = true
	}
	w.line = append(w.line, character...)
	w.line = w.line[max(0, len(w.line)-mostLine):]
}

// unfinished is how many bytes at the end of text begin a character and do not complete it.
func unfinished(text []byte) int {
	for n := 1; n < utf8.UTFMax && n <= len(text); n++ {
		if end := text[len(text)-n:]; utf8.RuneStart(end[0]) {
			if utf8.FullRune(end) {
				return 0
			}
			return n
		}
	}
	return 0
}
