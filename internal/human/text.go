package human

import (
	"strings"
	"unicode/utf8"
)

// Clip shortens s to so many characters. Its end stays, which tells paths and nodes apart.
func Clip(s string, most int) string {
	runes := []rune(s)
	if len(runes) <= most {
		return s
	}
	return "…" + string(runes[len(runes)-most+1:])
}

// ShellWord writes a path so that it can be pasted into a shell as one word.
func ShellWord(path string) string {
	if path != "" && !strings.ContainsAny(path, " \t\n'\"\\$`!*?[]{}()<>|&;#~") {
		return path
	}
	return "'" + strings.ReplaceAll(path, "'", `'\''`) + "'"
}

// CommandLine writes a program and its arguments so that they can be pasted into a shell.
func CommandLine(words []string) string {
	list := make([]string, len(words))
	for i, w := range words {
		list[i] = ShellWord(w)
	}
	return strings.Join(list, " ")
}

// Wrap breaks text between words into lines of at most width characters, where words allow it; lines
// after the first begin with indent.
func Wrap(text, indent string, width int) string {
	var b strings.Builder
	at := 0
	for i, word := range strings.Fields(text) {
		n := utf8.RuneCountInString(word)
		switch {
		case i == 0:
		case at+1+n > width:
			b.WriteString("\n" + indent)
			at = 0
		default:
			b.WriteByte(' ')
			at++
		}
		b.WriteString(word)
		at += n
	}
	return b.String()
}
