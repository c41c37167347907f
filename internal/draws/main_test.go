package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const printed = `what a program prints past the testing package
{"Action":"attr","Package":"p","Test":"TestA","Key":"drawn","Value":"{\"idea\":\"maps\",\"first\":7,\"graphs\":8000,\"changed\":5000,\"opsets\":{\"9\":6000,\"17\":2000}}"}
{"Action":"attr","Package":"p","Test":"TestA","Key":"tried","Value":"4"}
{"Action":"pass","Package":"p","Test":"TestA"}
{"Action":"attr","Package":"p","Test":"TestB","Key":"drawn","Value":"{\"idea\":\"sums\",\"graphs\":20,\"changed\":1,\"opsets\":{\"13\":20}}"}
{"Action":"pass","Package":"p","Test":"TestB"}
`

func TestPage(t *testing.T) {
	dir := t.TempDir()
	from, to := filepath.Join(dir, "printed.json"), filepath.Join(dir, "page.md")
	if err := os.WriteFile(from, []byte(printed), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := write([]string{from, to}); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(to)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"**Of 8 020 random graphs 5 001 were rewritten.",
		"| maps | 8 000 | 7 | 5 000 | `TestA` |\n",
		"| sums | 20 | 0 | 1 | `TestB` |\n",
		"| idea | 9 | 13 | 17 |\n",
		"| maps | 6 000 | – | 2 000 |\n",
		"| sums | – | 20 | – |\n",
	} {
		if !strings.Contains(string(text), want) {
			t.Errorf("%q is not in\n%s", want, text)
		}
	}
}

// TestReadWhatFailed writes no page of a study in which a test failed, that drew nothing, or says what nobody understands.
func TestReadWhatFailed(t *testing.T) {
	for _, text := range []string{
		"", `{"Action":"pass","Test":"TestA"}` + "\n",
		printed + `{"Action":"fail","Package":"p","Test":"TestC"}` + "\n",
		`{"Action":"attr","Test":"TestA","Key":"drawn","Value":"7"}` + "\n",
	} {
		if found, err := read(strings.NewReader(text)); err == nil {
			t.Errorf("of %q it reads %v", text, found)
		}
	}
	if err := write([]string{"absent.json", "page.md"}); err == nil {
		t.Error("a file that is not there is read")
	}
	if err := write(nil); err == nil {
		t.Error("no file is read")
	}
}
