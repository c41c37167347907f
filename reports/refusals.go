package reports

import (
	"fmt"
	"strings"
	"unicode"
)

// Alike are refusals of one pass for one reason, that ask for the same.
type Alike struct {
	Refusal     // the first one
	Count   int // how many there are
}

// String says what stays as it is, and why: all of it where there is one, the first as an example where there are more.
func (a Alike) String() string {
	if a.Count == 1 {
		return fmt.Sprintf("%s: %s (%s, %s)", a.Node, a.Detail, a.Pass, a.Reason)
	}
	return fmt.Sprintf("%d × %s, such as %s: %s (%s)", a.Count, a.Reason, a.Node, a.Detail, a.Pass)
}

// Alike groups the refusals, in the order in which the first of each was met.
func (f *Fuse) Alike() []Alike {
	var groups []Alike
	at := map[[3]string]int{}
	for _, r := range f.Refusals {
		key := [3]string{r.Pass, r.Reason, advice(r.Detail)}
		i, known := at[key]
		if !known {
			i = len(groups)
			at[key] = i
			groups = append(groups, Alike{Refusal: r})
		}
		groups[i].Count++
	}
	return groups
}

// advice is what a sentence asks for: what comes after the last semicolon, without names and numbers.
func advice(detail string) string {
	if i := strings.LastIndex(detail, "; "); i >= 0 {
		detail = detail[i+2:]
	}
	words := strings.Fields(detail)
	for i, w := range words {
		if strings.ContainsFunc(w, func(r rune) bool { return unicode.IsDigit(r) || strings.ContainsRune("\"/_", r) }) {
			words[i] = "…"
		}
	}
	return strings.Join(words, " ")
}
