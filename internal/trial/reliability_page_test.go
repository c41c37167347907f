package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/internal/ledger"
)

// TestPageIsOfTheRowsOfReliability writes the table again: no number in it is by hand.
func TestPageIsOfTheRowsOfReliability(t *testing.T) {
	feats, err := ledger.Read[feat](filepath.Join(root, "docs", "reliability.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	want, err := reliabilityTable(feats, root)
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(root, "docs", "reliability.md"))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(text), tableBegins+want+tableEnds) {
		t.Error("the table is not that of reliability.jsonl: bin/trial reliability writes it again")
	}
	if strings.Contains(want, "FAILED") {
		t.Error("a test failed")
	}
}

func TestTableOfReliabilitySaysWhatFailed(t *testing.T) {
	feats := []feat{
		{Test: "TestRowsAreOfEveryTestOfReliability", Package: "github.com/acdeploy/acdeploy/internal/trial", Tried: 3, Survived: 1, Failed: true, Note: "a|b <c>"},
		{Test: "TestPageIsOfTheRowsOfReliability", Package: "github.com/acdeploy/acdeploy/internal/trial", Skipped: "no archive"},
	}
	got, err := reliabilityTable(feats, root)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"**1 tests tried 3 things; 1 survived.** Skipped: 1.", `(a\|b &lt;c>) | 3 | 1, FAILED | `, "| 0 | skipped: no archive | ", "| Writes the table again: no number",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
	feats[0].Test = "TestThatIsGone"
	if _, err := reliabilityTable(feats, root); err == nil {
		t.Error("a test that is gone has a row")
	}
}

func TestTableOfReliabilityGoesBetweenItsLines(t *testing.T) {
	path := filepath.Join(t.TempDir(), "page.md")
	for _, text := range []string{"a\n", "a\n" + tableBegins + "b\n"} {
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if err := writeReliabilityTable(path, nil); err == nil {
			t.Errorf("%q is written to", text)
		}
	}
	if err := os.WriteFile(path, []byte("a\n"+tableBegins+"old\n"+tableEnds+"z\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := writeReliabilityTable(path, nil); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil || !strings.HasPrefix(string(text), "a\n"+tableBegins) || !strings.HasSuffix(string(text), tableEnds+"z\n") || strings.Contains(string(text), "old") {
		t.Errorf("%v: %s", err, text)
	}
}
