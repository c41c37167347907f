package html_test

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/reports"
	"github.com/acdeploy/acdeploy/reports/internal/reporttest"
)

// picture is the part of a page from a title to the end of its figure.
func picture(t *testing.T, page, title string) string {
	t.Helper()
	_, after, found := strings.Cut(page, "<figcaption>"+title+"</figcaption>")
	if !found {
		t.Fatalf("there is no picture %q", title)
	}
	figure, _, _ := strings.Cut(after, "</figure>")
	return figure
}

const layerByLayer = "The network, layer by layer"

// TestStrip draws the models beside each other: what stands in a box, what a pointer shows and what the table says.
func TestStrip(t *testing.T) {
	r := reporttest.Whole()
	r.Fuse.Refusals = append(r.Fuse.Refusals, reports.Refusal{Pass: "fold_something", Node: "/fc/Gemm", Reason: "costlier", Detail: "take another one"})
	figure := picture(t, render(t, r), layerByLayer)
	for _, want := range []string{
		">as trained</text>", ">fused</text>", ">baseline</text>", ">3 BN</text>", ">→</text>", ">× 6", "Conv 16 → 32, strides 2×2<",
		"<li class=\"good\">F: fused</li>", "<li class=\"unknown\">L: left, with a reason</li>", ">F</text>", ">L</text>",
		"as trained: /stem/Conv_1: Conv 1×3 3 → 16", "/fc/Gemm left by fold_something, costlier: take another one", "Gemm 64 → 10, left: costlier",
		"<td>/stem/Conv: Conv 3×3 3 → 16</td>",
	} {
		if !strings.Contains(figure, want) {
			t.Errorf("the picture lacks %q", want)
		}
	}
	if strings.Contains(figure, "not touched") {
		t.Error("the legend explains what is not there")
	}
	inside(t, figure)
}

// inside fails where something is drawn outside of the picture.
func inside(t *testing.T, figure string) {
	t.Helper()
	size := regexp.MustCompile(`viewBox="0 0 ([0-9.]+) ([0-9.]+)"`).FindStringSubmatch(figure)
	number := func(s string) float64 {
		v, err := strconv.ParseFloat(s, 64)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	for _, m := range regexp.MustCompile(`<rect [^>]*x="([0-9.-]+)" y="([0-9.-]+)" width="([0-9.]+)" height="([0-9.]+)"`).FindAllStringSubmatch(figure, -1) {
		if x, y := number(m[1]), number(m[2]); x < 0 || y < 0 || x+number(m[3]) > number(size[1]) || y+number(m[4]) > number(size[2]) {
			t.Errorf("%s is outside of %s × %s", m[0], size[1], size[2])
		}
	}
}

// manyBlocks is a report of a network of two thousand nodes as trained, and more: n blocks, of which no two have the same size where
// they differ.
func manyBlocks(n int, differ bool) *reports.Report {
	r := reporttest.Whole()
	var trained, fused, baseline []reports.Layer
	for i := range n {
		out := int64(64)
		if differ {
			out = int64(i + 1)
		}
		name, stride := fmt.Sprintf("/encoder/stage%d/block.%d/conv", i/100, i), int64(1)
		if differ && i%7 < i%5 { // no period
			stride = 2
		}
		trained = append(trained, reporttest.Convolutions(name, 64, out, stride, "3×3", "1×3", "3×1")...)
		fused = append(fused, reporttest.Convolutions(name, 64, out, stride, "3×3")...)
		baseline = append(baseline, reporttest.Convolutions(fmt.Sprintf("/plain/%d", i), 64, out, stride, "3×3")...)
	}
	r.Fuse.Before.Layers, r.Fuse.After.Layers, r.Baseline.Layers, r.Fuse.Became = trained, fused, baseline, reporttest.Merged(trained)
	return r
}

// TestStripOfLargeNetworks keeps the page small, and says what it leaves out. A node that was left is told wherever it is.
func TestStripOfLargeNetworks(t *testing.T) {
	for name, c := range map[string]struct {
		differ bool
		want   []string
	}{
		"that repeat": {false, []string{"× 2000", "Shown: 2 rows."}},
		"that do not": {true, []string{"80 of ", "… and ", " more in report.json"}},
	} {
		t.Run(name, func(t *testing.T) {
			r := manyBlocks(2000, c.differ)
			last := r.Fuse.After.Layers[len(r.Fuse.After.Layers)-1]
			r.Fuse.Refusals = []reports.Refusal{{Pass: "fuse_branches", Node: last.Name, Reason: "misaligned", Detail: "give both the same stride"}}
			if !c.differ {
				c.want[0] = "× 1999"
			}
			page := render(t, r)
			wellFormed(t, page)
			figure := picture(t, page, layerByLayer)
			inside(t, figure)
			for _, want := range append(c.want, "misaligned: give both the same stride") {
				if !strings.Contains(figure, want) {
					t.Errorf("the picture lacks %q", want)
				}
			}
			if most := 3 << 20; len(page) > most {
				t.Errorf("the page takes %d bytes", len(page))
			}
		})
	}
}
