package dims

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/internal/outcome"
)

func sizesOf(text string) map[string]int64 {
	sizes := map[string]int64{}
	for word := range strings.FieldsSeq(text) {
		at := strings.LastIndex(word, "=")
		var size int64
		if _, err := fmt.Sscan(word[at+1:], &size); err != nil {
			panic(err)
		}
		sizes[word[:at]] = size
	}
	return sizes
}

// TestSettle gives sizes, and a label that says what they are.
func TestSettle(t *testing.T) {
	for _, c := range []struct {
		name, inputs, outputs string
		batch                 int64
		given, want           string
	}{
		{"the usual batch", "x[N,3]", "y[N]", 0, "", "[[1 3]] batch 1"},
		{"the batch of the flag", "x[N,3]", "y[N]", 8, "", "[[8 3]] batch 8"},
		{"the batch by its name", "x[batch,3]", "y[batch]", 0, "batch=8", "[[8 3]] batch 8"},
		{"the batch by its place", "x[batch,3] z[batch]", "y[batch]", 0, "z.0=8", "[[8 3] [8]] batch 8"},
		{"every dimension is called ?", "x[?,3,?,?]", "y[?]", 2, "x.2=48 x.3=64", "[[2 3 48 64]] batch 2, x.2=48 x.3=64"},
		{"the name ? for the rest", "x[?,3,?,?]", "y[?]", 2, "?=48", "[[2 3 48 48]] batch 2, ?=48"},
		{"a made-up name", "x[p2o.DynamicDimension.0,3,p2o.DynamicDimension.1,4]", "y[p2o.DynamicDimension.2]", 0, "p2o.DynamicDimension.0=2 p2o.DynamicDimension.1=7", "[[2 3 7 4]] batch 2, p2o.DynamicDimension.1=7"},
		{"a place before a name", "x[N,H,H2] z[N,H]", "y[N]", 0, "H=3 z.1=4 H2=5", "[[1 3 5] [1 4]] batch 1, H=3 H2=5 z.1=4"},
		{"an empty state", "x[batch,4] past[batch,2,past_len,8]", "y[batch]", 0, "past_len=0", "[[1 4] [1 2 0 8]] batch 1, past_len=0"},
		{"no batch", "x[1,3] rois[num_rois,5]", "y[num_rois,2]", 0, "num_rois=300", "[[1 3] [300 5]] batch 1, num_rois=300"},
		{"places of two sizes", "x[_,3] rois[_,5]", "y[_,2]", 0, "x.0=1 rois.0=300", "[[1 3] [300 5]] batch 1, x.0=1 rois.0=300"},
		{"a fixed batch", "x[4,3] z[4]", "y[4]", 0, "", "[[4 3] [4]] batch 4"},
		{"a fixed batch that is asked for", "x[4,3]", "y[4]", 4, "", "[[4 3]] batch 4"},
		{"first dimensions that are no batch", "x[16] z[4,4]", "y[4]", 0, "", "[[16] [4 4]] batch 1"},
		{"a whole shape", "x[N,3,H,W]", "y[N]", 0, "x.0=1 x.1=3 x.2=32 x.3=32", "[[1 3 32 32]] batch 1, x.2=32 x.3=32"},
		{"nothing", "", "y[2]", 0, "", "[] batch 1"},
	} {
		s, err := Read("m", list(c.inputs), list(c.outputs)).Settle(Ask{Batch: c.batch, Sizes: sizesOf(c.given)})
		got := fmt.Sprintf("%v batch %d", s.Shapes, s.Batch)
		if s.Others != "" {
			got += ", " + s.Others
		}
		if err != nil || got != c.want {
			t.Errorf("%s: %s, %v; want %s", c.name, got, err, c.want)
		}
	}
}

// TestUsualBatch is of the size that the caller is used to where nobody says more.
func TestUsualBatch(t *testing.T) {
	a := Read("m", list("x[N,3]"), list("y[N]"))
	if s, err := a.Settle(Ask{Usual: 2}); err != nil || s.Batch != 2 {
		t.Error(s, err)
	}
	if s, err := a.Settle(Ask{Usual: 2, Sizes: sizesOf("N=5")}); err != nil || s.Batch != 5 {
		t.Error(s, err)
	}
}

func TestSettleRefuses(t *testing.T) {
	for _, c := range []struct {
		name, inputs, outputs string
		batch                 int64
		given                 string
		want                  []string
	}{
		{"two flags", "x[batch,3]", "y[batch]", 8, "batch=4", []string{"--batch 8", "--shape batch=4", "one dimension"}},
		{"two flags that agree", "x[batch,3]", "y[batch]", 8, "x.0=8", []string{"--batch 8", "--shape x.0=8"}},
		{"two sizes", "x[batch,3] z[batch]", "y[batch]", 0, "x.0=8 z.0=4", []string{"--shape x.0=8", "--shape z.0=4", "two sizes"}},
		{"all that is missing", "x[N,3,H,W] z[N,_]", "y[N]", 0, "", []string{"--shape H=… --shape W=… --shape z.1=…"}},
		{"the likely meaning", "x[_,3,_,_]", "y[_]", 0, "", []string{"dimension 2 of float[?,3,?,?] x (the height?)", "(the width?)", "--shape x.2=… --shape x.3=…"}},
		{"a count", "rois[num_rois,5]", "y[num_rois]", 0, "", []string{"--shape num_rois=…"}},
		{"a batch of nothing", "x[N,3]", "y[N]", 0, "N=0", []string{"--shape N=0", "at least 1"}},
		{"a declared batch of nothing", "x[0,3]", "y[0]", 0, "", []string{"empty", "--shape"}},
		{"less than nothing", "x[N,H]", "y[N]", 0, "H=-1", []string{"--shape H=-1"}},
		{"a fixed dimension", "x[N,3]", "y[N]", 0, "x.1=4", []string{"x.1=4", "fixes dimension 1", "to 3"}},
		{"too short a shape", "x[N,3,32,32]", "y[N]", 0, "x.0=1 x.1=3 x.2=32", []string{"3 sizes of float[N,3,32,32] x", "4 dimensions"}},
		{"too long a shape", "x[N,3]", "y[N]", 0, "x.0=1 x.1=3 x.2=5", []string{`"x.2"`}},
		{"a fixed batch", "x[1,3]", "y[1]", 8, "", []string{"batch 8", "fixed to 1"}},
		{"no batch to give", "a[p,3] b[q,3]", "y[p]", 8, "p=1 q=2", []string{"batch 8", "those that are open are p, q"}},
		{"an unknown name", "x[N,H]", "y[N]", 0, "H=3 depth=3", []string{`"depth"`, "N, H"}},
		{"nothing is open", "x[1,3]", "y[1]", 0, "H=3", []string{`"H"`, "all its sizes are fixed"}},
	} {
		_, err := Read("m", list(c.inputs), list(c.outputs)).Settle(Ask{Batch: c.batch, Sizes: sizesOf(c.given)})
		if !errors.Is(err, outcome.ErrUsage) {
			t.Errorf("%s: %v is no error of usage", c.name, err)
			continue
		}
		for _, word := range append(c.want, "m") {
			if !strings.Contains(err.Error(), word) {
				t.Errorf("%s: %q does not say %q", c.name, err, word)
			}
		}
	}
	if _, err := Read("m", list("x"), nil).Settle(Ask{}); err == nil || errors.Is(err, outcome.ErrUsage) || !strings.Contains(err.Error(), "--data") {
		t.Errorf("no shape: %v", err)
	}
}
