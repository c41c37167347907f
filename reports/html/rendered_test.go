package html_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/acdeploy/acdeploy/reports"
	"github.com/acdeploy/acdeploy/reports/internal/reporttest"
)

// axeFile is where .ci/browser puts axe-core.
const axeFile = "../../.tools/axe-core-4.14.1.js"

// Every page is opened in a browser, as people see it.
func TestPageInABrowser(t *testing.T) {
	browser := startChromium(t)
	axe, _ := os.ReadFile(axeFile)
	for _, c := range shown() {
		t.Run(c.name, func(t *testing.T) {
			b := browser.open(t, render(t, c.doc))
			b.write(t)
			if !c.large { // it has more of the same, which takes minutes
				walk(t, b)
			}
			b.open(t)
			for _, l := range looks() {
				b.with(t, l)
				fits(t, b, l)
				if !c.large && l.media == "screen" {
					accessible(t, b, l, string(axe))
				}
			}
			if c.large {
				thin(t, b)
				for _, l := range looks() {
					if b.with(t, l); l.media == "screen" {
						accessible(t, b, l, string(axe))
					}
				}
			}
			quiet(t, b)
		})
	}
	if len(axe) == 0 {
		t.Skip("the pages were not looked at by axe-core, which is not installed: make browser")
	}
}

// document is what a page is made of.
type document struct {
	name  string
	doc   reports.Document
	large bool
}

// shown are the reports of every situation, and comparisons and trends of some.
func shown() []document {
	var list []document
	for _, c := range reporttest.Cases() {
		list = append(list, document{c.Name, c.Report, c.Large})
	}
	for name, doc := range severals() {
		list = append(list, document{name: name, doc: doc})
	}
	return list
}

// open shows what the page hides until it is asked for.
func (b *tab) open(t *testing.T) {
	t.Helper()
	answer[bool](t, b, `document.querySelectorAll("details").forEach(d => { d.open = true }), true`)
}

// quiet finds what the page said to the console, and what it loaded beside itself.
func quiet(t *testing.T, b *tab) {
	t.Helper()
	b.mutex.Lock()
	defer b.mutex.Unlock()
	for _, s := range b.said {
		t.Errorf("the console says %q", s)
	}
	if len(b.asked) != 1 {
		t.Errorf("the page asks for %q, want itself alone", b.asked)
	}
}

// What does not fit: the page is wider than the screen; words of a picture lie beyond its sides, or on other words.
const misfits = `(() => {
	const found = [], page = document.scrollingElement;
	if (page.scrollWidth > page.clientWidth) {
		found.push("the page is " + page.scrollWidth + " wide on a screen of " + page.clientWidth);
		for (const e of document.querySelectorAll("body *"))
			if (e.getBoundingClientRect().right > page.clientWidth + 1 && !e.closest(".table, pre, svg, .skip") && found.length < 4)
				found.push("beyond the side: " + e.outerHTML.slice(0, 90));
	}
	for (const svg of document.querySelectorAll("svg")) {
		const width = svg.viewBox.baseVal.width, height = svg.viewBox.baseVal.height;
		const words = [...svg.querySelectorAll("text")].map(t => ({text: t.textContent, box: t.getBBox()})).filter(w => w.text);
		const where = " in the picture " + svg.querySelector("title").textContent;
		for (const {text, box} of words)
			if (box.x < -0.5 || box.y < -0.5 || box.x + box.width > width + 0.5 || box.y + box.height > height + 0.5)
				found.push("cut off: " + text + where);
		words.sort((a, b) => a.box.y - b.box.y);
		for (let i = 0; i < words.length; i++)
			for (let j = i + 1; j < words.length && words[j].box.y < words[i].box.y + words[i].box.height - 3; j++) {
				const [a, b] = [words[i].box, words[j].box];
				if (a.x < b.x + b.width && b.x < a.x + a.width) found.push("one on the other: " + words[i].text + " and " + words[j].text + where);
			}
	}
	return found;
})()`

func fits(t *testing.T, b *tab, l look) {
	t.Helper()
	for i, m := range answer[[]string](t, b, misfits) {
		if i < 10 {
			t.Errorf("%s: %s", l.name, m)
		}
	}
}

// accessible has axe-core look at the page.
func accessible(t *testing.T, b *tab, l look, axe string) {
	t.Helper()
	if axe == "" {
		return
	}
	if !answer[bool](t, b, `typeof axe !== "undefined"`) {
		b.do(t, chromedp.Evaluate[chromedp.Void](axe+";undefined"))
	}
	type violation struct {
		ID, Help string
		Nodes    []struct{ HTML, FailureSummary string }
	}
	var found []violation
	text := answer[string](t, b, `axe.run({resultTypes: ["violations"], preload: false}).then(r => JSON.stringify(r.violations))`)
	if err := json.Unmarshal([]byte(text), &found); err != nil {
		t.Fatal(err)
	}
	for _, v := range found {
		for i, n := range v.Nodes {
			if i < 3 {
				t.Errorf("%s: %s: %s: %.200s: %s", l.name, v.ID, v.Help, n.HTML, n.FailureSummary)
			}
		}
	}
}

// thin leaves of what repeats on a large page the first few: axe-core takes minutes for all of it, and finds nothing else in the rest.
func thin(t *testing.T, b *tab) {
	t.Helper()
	b.do(t, chromedp.Evaluate[chromedp.Void](`for (const [within, most] of [["tbody", 4], ["ul", 4], ["svg", 60], ["svg g", 60], ["section", 12], ["main", 40]])
		for (const e of document.querySelectorAll(within)) while (e.children.length > most) e.lastElementChild.remove()`))
}

// walk goes through the page with the keyboard alone: first to the link past what everybody knows, then to all that can be opened,
// scrolled or followed, in its order, each time with a mark that is seen. Enter opens what is closed, and what is in it is next.
func walk(t *testing.T, b *tab) {
	t.Helper()
	want := answer[[]string](t, b, `[...document.querySelectorAll("a[href], summary, [tabindex='0']")].map(e => e.outerHTML.slice(0, 120))`)
	for i, w := range want {
		b.do(t, chromedp.KeyEvent(kb.Tab))
		got := answer[[]string](t, b, `(() => {
			const e = document.activeElement, style = getComputedStyle(e), box = e.getBoundingClientRect();
			const seen = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2 && box.left >= 0 && box.width > 0 && box.bottom > 0 && box.top < innerHeight;
			return [e.outerHTML.slice(0, 120), seen ? "seen" : ""];
		})()`)
		if got[0] != w {
			t.Errorf("Tab number %d reaches %s, want %s", i+1, got[0], w)
			return
		}
		if got[1] == "" {
			t.Errorf("nobody sees that %s has the focus", w)
		}
		if i == 0 && !strings.Contains(w, `class="skip"`) {
			t.Errorf("the first that Tab reaches is %s", w)
		}
		if strings.HasPrefix(w, "<summary") {
			enter(t, b, w)
		}
	}
}

// enter opens the part of the page whose summary has the focus; it closes one that was open first.
func enter(t *testing.T, b *tab, summary string) {
	t.Helper()
	const open = `document.activeElement.parentElement.open`
	was := answer[bool](t, b, open)
	for {
		b.do(t, chromedp.KeyEvent(kb.Enter))
		is := answer[bool](t, b, open)
		if is == was {
			t.Errorf("Enter does nothing on %s", summary)
		}
		if is || is == was {
			return
		}
		was = is
	}
}
