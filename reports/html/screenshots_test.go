package html_test

import (
	"bytes"
	"cmp"
	"flag"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

const (
	screenshots = "testdata/screenshots"
	drawnBy     = screenshots + "/chromium" // the version that the committed pictures are of
	allPictures = "../../bin/screenshots"   // what is taken, to be looked at: with ACDEPLOY_SCREENSHOTS of every case
	tallest     = 4000
)

// Two pictures look alike if no more than this share of their points differ by more than a shade.
const (
	shade        = 48
	mayDiffer    = 0.002
	allCommitted = 2 << 20
)

// compared are the cases whose pictures are committed: one that is all well, and one that is not.
func compared() []string { return []string{"pass", "slower"} }

// Pages look as they did. What a browser makes of a page changes with its version: with another one the pictures are only taken.
func TestScreenshots(t *testing.T) {
	browser := startChromium(t)
	recorded, _ := os.ReadFile(drawnBy)
	same := strings.TrimSpace(string(recorded)) == browser.major
	for _, c := range shown() {
		if os.Getenv("ACDEPLOY_SCREENSHOTS") == "" && !slices.Contains(compared(), c.name) {
			continue // nobody looks at it
		}
		b := browser.open(t, render(t, c.doc))
		b.write(t)
		for _, l := range looks() {
			b.with(t, l)
			height := answer[float64](t, b, `document.documentElement.scrollHeight`)
			taken := b.picture(t, 0, 0, float64(l.width), min(height, tallest), 1)
			keep(t, filepath.Join(allPictures, c.name+"-"+l.name+".png"), taken)
			if !slices.Contains(compared(), c.name) || l.media == "print" {
				continue
			}
			committed := filepath.Join(screenshots, c.name+"-"+l.name+".png")
			if updated() {
				keep(t, committed, small(t, taken))
			}
			if same || updated() {
				looksLike(t, committed, taken)
			}
		}
	}
	if updated() {
		keep(t, drawnBy, []byte(browser.major+"\n"))
	} else if !same {
		t.Skipf("the committed pictures are of Chromium %s, this is %s: those of it are in bin/screenshots", bytes.TrimSpace(recorded), browser.major)
	}
}

func TestScreenshotsAreSmall(t *testing.T) {
	files, err := filepath.Glob(screenshots + "/*.png")
	if err != nil || len(files) != 4*len(compared()) {
		t.Errorf("%d committed pictures, %v; want 4 of each of %v", len(files), err, compared())
	}
	total := int64(0)
	for _, name := range files {
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		total += info.Size()
	}
	if total > allCommitted {
		t.Errorf("the committed pictures take %d bytes, at most %d are allowed", total, allCommitted)
	}
}

func updated() bool { return flag.Lookup("update").Value.String() == "true" }

func keep(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
}

// picture takes one of a part of the page, as PNG.
func (b *tab) picture(t *testing.T, x, y, width, height, scale float64) []byte {
	t.Helper()
	beyond := true
	shot, err := chromedp.Call(b.context, page.CaptureScreenshot, page.CaptureScreenshotParams{
		CaptureBeyondViewport: &beyond, Clip: &page.Viewport{X: x, Y: y, Width: width, Height: height, Scale: scale},
	})
	if err != nil {
		t.Fatal(err)
	}
	return shot.Data
}

func looksLike(t *testing.T, committed string, taken []byte) {
	t.Helper()
	data, err := os.ReadFile(committed)
	if err != nil {
		t.Fatal(err)
	}
	want, got := points(t, data), points(t, taken)
	if want.Rect != got.Rect {
		t.Errorf("%s has the size %v, the page now %v: look at bin/screenshots, then -update", committed, want.Rect.Max, got.Rect.Max)
		return
	}
	differ := 0
	for i := 0; i < len(got.Pix); i += 4 {
		for k := range 3 {
			if d := int(got.Pix[i+k]) - int(want.Pix[i+k]); d > shade || -d > shade {
				differ++
				break
			}
		}
	}
	if share := float64(differ) / float64(len(got.Pix)/4); share > mayDiffer {
		t.Errorf("%s: %.2f %% of the points differ, at most %.2f %% may: look at bin/screenshots, then -update", committed, 100*share, 100*mayDiffer)
	}
}

func points(t *testing.T, data []byte) *image.RGBA {
	t.Helper()
	decoded, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	all := image.NewRGBA(decoded.Bounds())
	draw.Draw(all, all.Rect, decoded, image.Point{}, draw.Src)
	return all
}

// small writes a picture with its 256 most frequent colours: a page has few, and shades of them at the edges of letters.
func small(t *testing.T, data []byte) []byte {
	t.Helper()
	full := points(t, data)
	count := map[color.RGBA]int{}
	for i := 0; i < len(full.Pix); i += 4 {
		count[color.RGBA{full.Pix[i], full.Pix[i+1], full.Pix[i+2], 255}]++
	}
	colours := slices.SortedFunc(maps.Keys(count), func(a, b color.RGBA) int {
		return cmp.Or(count[b]-count[a], cmp.Compare(a.R, b.R), cmp.Compare(a.G, b.G), cmp.Compare(a.B, b.B))
	})
	palette := color.Palette{}
	for _, c := range colours[:min(len(colours), 256)] {
		palette = append(palette, c)
	}
	few := image.NewPaletted(full.Rect, palette)
	nearest := map[color.RGBA]uint8{}
	for _, c := range colours {
		nearest[c] = uint8(palette.Index(c))
	}
	for i := range few.Pix {
		few.Pix[i] = nearest[color.RGBA{full.Pix[4*i], full.Pix[4*i+1], full.Pix[4*i+2], 255}]
	}
	var out bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&out, few); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}
