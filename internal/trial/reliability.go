package main

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/acdeploy/acdeploy/internal/ledger"
)

// feat is what came of one test of reliability.
type feat struct {
	Test     string `json:"test"`
	Package  string `json:"package"`
	Tried    int    `json:"tried"`
	Survived int    `json:"survived"`
	Note     string `json:"note,omitempty"`
	Skipped  string `json:"skipped,omitempty"` // why nothing was tried
	Failed   bool   `json:"failed,omitempty"`
	Day      string `json:"day"`
	Setup    setup  `json:"setup"`
}

func (f feat) key() string { return f.Package + " " + f.Test }

// tryReliability is the command trial reliability. It tries nothing by itself: go test does.
func tryReliability(ctx context.Context, args []string) error {
	f := flag.NewFlagSet("reliability", flag.ExitOnError)
	events := f.String("events", "", "what go test -json printed; empty to write the page anew")
	out := f.String("out", "docs/reliability", "what to write, without .jsonl and .md")
	revision := f.String("revision", "", "of the source that was tested; empty for that of this program")
	if err := f.Parse(args); err != nil {
		return err
	}
	feats, err := ledger.Read[feat](*out + ".jsonl")
	if err != nil {
		return err
	}
	var failed []string
	if *events != "" {
		file, err := os.Open(*events)
		if err != nil {
			return err
		}
		defer func() { _ = file.Close() }()
		now, err := readFeats(file)
		if err != nil {
			return fmt.Errorf("%s: %w", *events, err)
		}
		where := here(ctx)
		where.Program = cmp.Or(*revision, where.Program)
		for i := range now {
			now[i].Setup, now[i].Day = where, time.Now().UTC().Format(time.DateOnly)
			if now[i].Failed {
				failed = append(failed, now[i].key())
			}
		}
		feats = merged(feats, now)
	}
	if err := ledger.Write(*out+".jsonl", feats); err != nil {
		return err
	}
	if err := writeReliabilityTable(*out+".md", feats); err != nil {
		return err
	}
	if len(failed) > 0 {
		return fmt.Errorf("tests failed: %s", strings.Join(failed, ", "))
	}
	return nil
}

// merged has what is new in the place of what was found of the same test before.
func merged(before, now []feat) []feat {
	all := slices.DeleteFunc(before, func(f feat) bool {
		return slices.ContainsFunc(now, func(n feat) bool { return n.key() == f.key() })
	})
	all = append(all, now...)
	slices.SortFunc(all, func(a, b feat) int {
		return cmp.Or(cmp.Compare(kindOf(a.Test), kindOf(b.Test)), cmp.Compare(a.Test, b.Test), cmp.Compare(a.Package, b.Package))
	})
	return all
}

// testState is what the events say of a test.
type testState struct {
	pkg, name   string
	action      string // how it ended; "" for one that never did
	said, note  string
	tried       int // as it says itself; 0 for nothing said
	hasSubtests bool
}

// reliabilityTest is how these tests are called: with the number of their kind, or none.
var reliabilityTest = regexp.MustCompile(`^TestReliability(\d*)`)

// kindOf is the number in the name of a test; a high one where there is none.
func kindOf(test string) int {
	if m := reliabilityTest.FindStringSubmatch(test); m != nil {
		if n, err := strconv.Atoi(m[1]); err == nil {
			return n
		}
	}
	return len(kindNames())
}

// readFeats reads what go test -json printed. A test says how often it tried with the attribute tried; otherwise each of its subtests
// without subtests is one.
func readFeats(r io.Reader) ([]feat, error) {
	var order []*testState
	states := map[string]*testState{}
	broken := map[string]bool{} // packages that failed, and none of their tests
	for e, err := range ledger.Events(r) {
		if err != nil {
			return nil, err
		}
		if e.Test == "" {
			if e.Action == "fail" {
				broken[e.Package] = true
			}
			continue
		}
		s := states[e.Package+" "+e.Test]
		if s == nil {
			s = &testState{pkg: e.Package, name: e.Test}
			states[e.Package+" "+e.Test] = s
			order = append(order, s)
			if at := strings.LastIndex(e.Test, "/"); at > 0 {
				if parent := states[e.Package+" "+e.Test[:at]]; parent != nil {
					parent.hasSubtests = true
				}
			}
		}
		s.take(e)
	}
	var feats []feat
	for _, s := range order {
		if !strings.Contains(s.name, "/") && reliabilityTest.MatchString(s.name) {
			feats = append(feats, s.feat(order))
		}
	}
	for _, f := range feats {
		if f.Failed {
			delete(broken, f.Package)
		}
	}
	for pkg := range broken {
		return nil, fmt.Errorf("package %s did not build, or ended early", pkg)
	}
	return feats, nil
}

// saidAt is where in the source a line of output was printed.
var saidAt = regexp.MustCompile(`^\s*\w+\.go:\d+: `)

func (s *testState) take(e ledger.Event) {
	switch e.Action {
	case "pass", "fail", "skip":
		s.action = e.Action
	case "output":
		if saidAt.MatchString(e.Output) {
			s.said = strings.TrimSpace(saidAt.ReplaceAllString(e.Output, ""))
		}
	case "attr":
		switch n, err := strconv.Atoi(e.Value); {
		case e.Key == "note":
			s.note = e.Value
		case e.Key == "tried" && err == nil:
			s.tried = n
		}
	}
}

// feat sums up a test and its subtests.
func (s *testState) feat(all []*testState) feat {
	f := feat{Test: s.name, Package: s.pkg, Note: s.note, Failed: s.action != "pass" && s.action != "skip"}
	if s.action == "skip" {
		f.Skipped = s.said
		return f
	}
	for _, t := range all {
		if t.pkg != s.pkg || t.hasSubtests || t.name != s.name && !strings.HasPrefix(t.name, s.name+"/") || t.action == "skip" {
			continue
		}
		n := max(t.tried, 1)
		f.Tried += n
		if t.action == "pass" {
			f.Survived += n
		}
	}
	if s.tried > 0 {
		f.Tried, f.Survived = s.tried, s.tried
	}
	if f.Failed && f.Survived == f.Tried {
		f.Survived = 0 // it says nothing of how far it came
	}
	return f
}
