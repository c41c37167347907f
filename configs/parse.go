package configs

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"

	"github.com/acdeploy/acdeploy/internal/osfile"
)

const (
	maxBytes = 64 << 10 // a configuration is written by hand
	maxDepth = 32       // the parser's time grows with the square of the depth
)

// Load reads a configuration file over the defaults. What is wrong with its content comes back as an
// [*Error] that holds every fault. What is missing is left to [Config.Validate]: the environment or a
// flag may give it.
func Load(path string, known Catalogs) (Config, error) {
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() && !info.IsDir() { // a pipe has no end, and opening one waits
		return Config{}, faults{Fault{Source: path, Message: "read configuration: it is not a regular file; name one"}}.err()
	}
	file, err := os.Open(path)
	if err != nil {
		return Config{}, unreadable(path, err)
	}
	defer func() { _ = file.Close() }()
	text, err := io.ReadAll(io.LimitReader(file, maxBytes+1))
	if err != nil {
		return Config{}, unreadable(path, err)
	}
	return Parse(path, text, known)
}

// unreadable is the fault of a file that cannot be read at all.
func unreadable(path string, err error) error {
	return faults{Fault{Source: path, Message: fmt.Sprintf("read configuration: %v", osfile.Cause(err))}}.err()
}

// Parse reads a configuration over the defaults; name is what messages call it. With faults it is what could be read.
func Parse(name string, text []byte, known Catalogs) (Config, error) {
	c := Defaults()
	c.places = map[string]place{}
	if len(text) <= maxBytes { // otherwise it is refused as it is
		text = osfile.PlainText(text)
	}
	// The parser counts an end of line of two characters twice where a comment ends.
	src := &source{name: name, text: strings.ReplaceAll(string(text), "\r\n", "\n")}
	c.src = src
	root, bad := src.parse()
	if bad != nil {
		return Config{}, faults{*bad}.err()
	}
	d := decoder{src: src, places: c.places}
	d.document(root, &c)
	for _, f := range c.check(known) {
		if f.Line > 0 {
			d.faults.add(f)
		}
	}
	return c, d.faults.err()
}

// parse gives the root of the only document; nil when it is empty.
func (s *source) parse() (ast.Node, *Fault) {
	whole := place{src: s}
	refuse := func(p place, format string, args ...any) (ast.Node, *Fault) {
		f := p.fault("", format, args...)
		return nil, &f
	}
	switch {
	case len(s.text) > maxBytes:
		return refuse(whole, "the configuration is larger than %d KiB", maxBytes>>10)
	case !utf8.ValidString(s.text) || strings.ContainsRune(s.text, 0):
		return refuse(whole, "the configuration is not UTF-8 text; save it as UTF-8")
	}
	tokens := lexer.Tokenize(s.text)
	if tok, why := forbidden(tokens); tok != nil {
		return refuse(place{s, tok}, "%s", why)
	}
	file, err := parser.Parse(tokens, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		var at interface {
			GetToken() *token.Token
			GetMessage() string
		}
		if errors.As(err, &at) && at.GetToken() != nil {
			return refuse(place{s, at.GetToken()}, "not valid YAML: %s", at.GetMessage())
		}
		return refuse(whole, "not valid YAML: %s", strings.TrimSpace(err.Error()))
	}
	var root ast.Node
	for _, doc := range file.Docs {
		if doc.Body == nil {
			continue
		}
		if root != nil {
			return refuse(place{s, doc.Body.GetToken()}, "a second document; a configuration is one document")
		}
		root = doc.Body
	}
	return root, nil
}

// forbidden finds what a configuration has no use for and what makes parsing costly.
func forbidden(tokens token.Tokens) (*token.Token, string) {
	depth, entries, line := 0, 0, 0
	for _, t := range tokens {
		if t.Position.Line != line {
			line, entries = t.Position.Line, 0
		}
		switch t.Type {
		case token.AnchorType, token.AliasType, token.MergeKeyType:
			return t, "anchors, aliases and merge keys are not supported; write the value out"
		case token.TagType:
			return t, "tags are not supported; the type follows from the key"
		case token.DirectiveType:
			return t, "directives are not supported"
		case token.SequenceStartType, token.MappingStartType:
			depth++
		case token.SequenceEndType, token.MappingEndType:
			depth--
		case token.SequenceEntryType, token.MappingKeyType:
			entries++
		}
		if depth > maxDepth || entries > maxDepth || t.Position.IndentLevel > maxDepth {
			return t, fmt.Sprintf("nested more than %d levels deep", maxDepth)
		}
	}
	return nil, ""
}
