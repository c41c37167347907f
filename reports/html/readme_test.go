package html_test

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/reports"
)

// part is one of a page: from one element to another, on a screen of some width.
type part struct {
	from, to string
	width    int64
}

// README.md shows parts of the page of the demo. `make pictures` takes them.
var ofTheDemo = map[string]part{
	"page-top":     {"header", "#about-the-numbers-of-the", 840},
	"page-latency": {"#about-does-each-process-say", "#about-does-each-process-say", 480},
}

const readmePictures = "../../docs/images/"

func TestPicturesOfTheDemo(t *testing.T) {
	file := os.Getenv("ACDEPLOY_PICTURES_OF")
	if file == "" {
		t.Skip("ACDEPLOY_PICTURES_OF names no report.json whose page is to be drawn: make pictures")
	}
	r, err := reports.Read(file)
	if err != nil {
		t.Fatal(err)
	}
	b := startChromium(t).open(t, render(t, r))
	b.write(t)
	for name, of := range ofTheDemo {
		b.with(t, look{"readme", "light", of.width, "screen"})
		at := answer[[]float64](t, b, fmt.Sprintf(`[%q, %q].map(s => document.querySelector(s).closest("section, header").getBoundingClientRect()).flatMap(r => [r.top, r.bottom])`, of.from, of.to))
		keep(t, readmePictures+name+".png", small(t, b.picture(t, 0, max(at[0]-8, 0), float64(of.width), at[3]-at[0]+16, 1)))
	}
}

// Each picture is small, README.md shows it, and says what is on it.
func TestReadmeShowsThePage(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	for name := range ofTheDemo {
		info, err := os.Stat(readmePictures + name + ".png")
		if err != nil || info.Size() > 100_000 {
			t.Errorf("%s.png: %v, or more than 100 kB: make pictures", name, err)
		}
		shown := regexp.MustCompile(`!\[([^\]]*)\]\(docs/images/` + name + `\.png\)`).FindSubmatch(readme)
		if shown == nil || len(strings.Fields(string(shown[1]))) < 8 {
			t.Errorf("README.md does not show %s.png, or does not say what is on it", name)
		}
	}
}
