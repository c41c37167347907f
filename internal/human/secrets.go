package human

import (
	"regexp"
	"strings"
)

// address is a word that begins as an address does, or as one that was taken for a path and lost a slash, or the path
// that Python's clients print after "url: ". A quote that JSON escapes ends it as a plain one does.
var address = regexp.MustCompile(`(?:[A-Za-z][A-Za-z0-9+.-]*://|https?:/|\burl: /)(?:[^\s"'<>` + "`" + `\\]|\\[^"])*`)

// byDigest is how the address of something in a container registry ends. It is public, and its @ comes after no password.
var byDigest = regexp.MustCompile(`@sha256:[0-9a-f]{64}\b`)

// hidden stands for what is not shown.
const hidden = "***"

// WithoutSecrets hides what may be secret in the addresses in a text: who asks, with which password, and what comes after
// the path, which is where tokens and signatures are. Of an address that cannot be read only the scheme stays.
func WithoutSecrets(s string) string {
	if !strings.Contains(s, ":/") && !strings.Contains(s, "url: /") {
		return s
	}
	return address.ReplaceAllStringFunc(s, func(word string) string {
		if strings.HasPrefix(word, "url: ") {
			return publicPath(word)
		}
		_, rest, _ := strings.Cut(word, ":")
		rest = strings.TrimLeft(rest, "/")
		return word[:len(word)-len(rest)] + publicHost(rest)
	})
}

// publicHost is the part of an address after its scheme that anybody may see.
func publicHost(rest string) string {
	end := len(rest)
	if at := strings.IndexAny(rest, `/?#\`); at >= 0 {
		end = at
	}
	host, path := rest[:end], rest[end:]
	if at := strings.LastIndexByte(host, '@'); at >= 0 {
		return hidden + host[at:] + publicPath(path)
	}
	said := ""
	if path == "" { // what follows directly is the sentence's
		host, said = strings.TrimRight(host, punctuation), host[len(strings.TrimRight(host, punctuation)):]
	}
	name, port, ported := strings.Cut(host[strings.LastIndexByte(host, ']')+1:], ":")
	if ported && (strings.Trim(port, "0123456789") != "" || name != "" && strings.Contains(byDigest.ReplaceAllString(path, ""), "@")) {
		return hidden + said // a password that is not escaped looks like a port and a path
	}
	return host + said + publicPath(path)
}

// punctuation is what a sentence may put behind an address.
const punctuation = `.,;:)}`

// publicPath is a path without what comes after it. Trailing punctuation is the sentence's.
func publicPath(path string) string {
	at := strings.IndexAny(path, "?#")
	if at < 0 || at == len(path)-1 {
		return path
	}
	return path[:at+1] + hidden + path[len(strings.TrimRight(path, punctuation+"]")):]
}
