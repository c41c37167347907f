package bench

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
)

func TestSizes(t *testing.T) {
	for text, want := range map[string]string{
		"":                         "[]",
		"sequence=128":             "[sequence=128]",
		"[sequence=128, H=224]":    "[sequence=128 H=224]",
		"H=224,320,W=224":          "[H=224,320 W=224]",
		"H=224, 320, mask.1=0":     "[H=224,320 mask.1=0]",
		"x=[1,3,32,32]":            "[x.0=1 x.1=3 x.2=32 x.3=32]",
		"x:1x3x32x32, y=2":         "[x.0=1 x.1=3 x.2=32 x.3=32 y=2]",
		"x:[1, 3]":                 "[x.0=1 x.1=3]",
		`["H=224", "W=320"]`:       "[H=224 W=320]",
		"images:0=4":               "[images:0=4]",
		"a=b=3":                    "[a=b=3]",
		"?=48":                     "[?=48]",
		"p2o.DynamicDimension.0=8": "[p2o.DynamicDimension.0=8]",
	} {
		var s Sizes
		if err := s.UnmarshalText([]byte(text)); err != nil || fmt.Sprint(s) != want {
			t.Errorf("%q gives %v, %v; want %s", text, s, err, want)
		}
	}
}

func TestSizesRefuse(t *testing.T) {
	for _, text := range []string{"sequence", "=3", "sequence=", "sequence=-1", "sequence=x", "x=[1,a]", "H=1,H=2", "x=[1,3], x.0=2", "H=9223372036854775808"} {
		var s Sizes
		if err := s.UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q gives %v, want an error", text, s)
		}
	}
}

func TestSizesAsJSON(t *testing.T) {
	want := Sizes{{"H", []int64{224, 320}}, {"W", []int64{7}}}
	data, err := json.Marshal(want)
	if err != nil || string(data) != `["H=224,320","W=7"]` {
		t.Fatal(string(data), err)
	}
	var back Sizes
	if err := json.Unmarshal(data, &back); err != nil || fmt.Sprint(back) != fmt.Sprint(want) {
		t.Error(back, err)
	}
	if err := json.Unmarshal([]byte(`"H=1"`), &back); err == nil {
		t.Error("a text was taken for a list")
	}
}

func TestCombinations(t *testing.T) {
	got, err := Sizes{{"H", []int64{1, 2}}, {"W", []int64{7}}, {"L", []int64{3, 4}}}.Combinations()
	if want := "[map[H:1 L:3 W:7] map[H:1 L:4 W:7] map[H:2 L:3 W:7] map[H:2 L:4 W:7]]"; err != nil || fmt.Sprint(got) != want {
		t.Error(got, err)
	}
	if none, err := (Sizes{}).Combinations(); err != nil || len(none) != 1 {
		t.Error(none, err)
	}
	many := make([]int64, 40)
	_, err = Sizes{{"H", many}, {"W", many}}.Combinations()
	if !errors.Is(err, ErrUsage) || !strings.Contains(err.Error(), "1000") {
		t.Error(err)
	}
}
