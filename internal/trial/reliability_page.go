package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"
)

// The lines between which the table stands in the page.
const (
	tableBegins = "<!-- from here to the end of the table, make crash-test writes -->\n"
	tableEnds   = "<!-- the end of the table -->\n"
)

// kindNames are the kinds of trouble, by the number in the names of their tests; the last is for tests without a number.
func kindNames() []string {
	return []string{
		"", "Two files, one commit", "An engine is a guest", "Work in proportion", "Memory in proportion", "Digests of the bytes that were used",
		"What is printed is clean", "Data are checked", "A library that is not what was installed", "Secrets, and what may be executed",
		"Left-overs", "Modes, limits, earlier reports", "What is said of it", "Files with fields changed at random",
	}
}

// writeReliabilityTable puts the table into the page, and leaves the rest of it as it is.
func writeReliabilityTable(path string, feats []feat) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	before, rest, begins := strings.Cut(string(text), tableBegins)
	_, after, ends := strings.Cut(rest, tableEnds)
	if !begins || !ends {
		return fmt.Errorf("write %s: it has not the two lines between which the table stands", path)
	}
	table, err := reliabilityTable(feats, ".")
	if err != nil {
		return err
	}
	return os.WriteFile(path, []byte(before+tableBegins+table+tableEnds+after), 0o644)
}

// reliabilityTable is what was tried, by kind. What a test tries is its comment in the source below root.
func reliabilityTable(feats []feat, root string) (string, error) {
	p := &page{}
	tried, survived, skipped := 0, 0, 0
	var setups []setup
	days := map[string]bool{}
	for _, f := range feats {
		tried, survived = tried+f.Tried, survived+f.Survived
		if f.Skipped != "" {
			skipped++
		}
		setups = append(setups, f.Setup)
		days[f.Day] = true
	}
	p.Line("")
	p.Line("**%d tests tried %d things; %d survived.** Skipped: %d. Last run on %s.", len(feats)-skipped, tried, survived, skipped, latest(days))
	p.Line("")
	p.setups(setups)
	kind := -1
	for _, f := range feats {
		if k := kindOf(f.Test); k != kind {
			if kind >= 0 {
				p.Line("")
			}
			kind = k
			p.heading(k)
		}
		what, err := tested(root, f)
		if err != nil {
			return "", err
		}
		result := fmt.Sprint(f.Survived)
		switch {
		case f.Skipped != "":
			result = "skipped: " + f.Skipped
		case f.Failed:
			result = fmt.Sprintf("%d, FAILED", f.Survived)
		}
		if f.Note != "" {
			what += " (" + f.Note + ")"
		}
		p.Row(inCell(what), fmt.Sprint(f.Tried), inCell(result), fmt.Sprintf("`%s` in `%s`", f.Test, folderOf(f.Package)))
	}
	p.Line("")
	return p.String(), nil
}

func (p *page) heading(kind int) {
	names := kindNames()
	if kind < len(names)-1 {
		p.Line("## %d. %s", kind, names[kind])
	} else {
		p.Line("## %s", names[len(names)-1])
	}
	p.Line("")
	p.Row("tried", "how often", "survived", "test")
	p.Line("| --- | ---: | ---: | --- |")
}

func latest(days map[string]bool) string {
	last := ""
	for d := range days {
		last = max(last, d)
	}
	return last
}

// inCell is text that ends neither a cell nor a row.
func inCell(s string) string {
	return strings.NewReplacer("|", `\|`, "<", "&lt;").Replace(strings.Join(strings.Fields(s), " "))
}

// folderOf is the folder of a package below the root.
func folderOf(pkg string) string {
	_, folder, _ := strings.Cut(pkg, "github.com/acdeploy/acdeploy")
	if folder = strings.TrimPrefix(folder, "/"); folder == "" {
		return "."
	}
	return folder
}

// tested is the comment of a test, without its name.
func tested(root string, f feat) (string, error) {
	files, err := filepath.Glob(filepath.Join(root, folderOf(f.Package), "*_test.go"))
	if err != nil {
		return "", err
	}
	for _, path := range files {
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return "", err
		}
		for _, d := range file.Decls {
			if fn, is := d.(*ast.FuncDecl); is && fn.Name.Name == f.Test {
				text := strings.TrimPrefix(strings.TrimSpace(fn.Doc.Text()), f.Test+" ")
				if text == "" {
					return "", fmt.Errorf("%s: %s has no comment that says what it tries", path, f.Test)
				}
				return strings.ToUpper(text[:1]) + text[1:], nil
			}
		}
	}
	return "", fmt.Errorf("%s: there is no %s any more", folderOf(f.Package), f.Test)
}
