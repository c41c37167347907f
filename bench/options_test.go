package bench

import (
	"encoding/json"
	"errors"
	"math"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"
)

func TestRatio(t *testing.T) {
	for text, want := range map[string]Ratio{"0.02": 0.02, "2%": 0.02, " 2.5 % ": 0.025, "0": 0, "-1%": -0.01} {
		var r Ratio
		if err := r.UnmarshalText([]byte(text)); err != nil || math.Abs(float64(r-want)) > 1e-15 {
			t.Errorf("%q gives %v, %v", text, r, err)
		}
	}
	for _, text := range []string{"", "%", "two", "NaN", "inf", "2%%", "0x"} {
		var r Ratio
		if err := r.UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q gives %v, want an error", text, r)
		}
	}
	var r Ratio
	if err := r.Set(Ratio(0.03).String()); err != nil || math.Abs(float64(r)-0.03) > 1e-15 {
		t.Errorf("its own text %q gives %v, %v", Ratio(0.03), r, err)
	}
}

// A configuration gives options as YAML, the record keeps them as JSON.
func TestOptionsFormats(t *testing.T) {
	const text = `
duration: 90s
units: 20
margin: 2%
tolerance: 1e-4
batch: [1, 8]
shapes: [sequence=128, mask.1=64]
`
	got := Defaults()
	if err := yaml.UnmarshalWithOptions([]byte(text), &got, yaml.Strict()); err != nil {
		t.Fatal(err)
	}
	want := Defaults()
	want.Duration, want.Units, want.Tolerance = 90*time.Second, 20, 1e-4
	want.Batch = []int64{1, 8}
	want.Shapes = Sizes{{"sequence", []int64{128}}, {"mask.1", []int64{64}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	data, err := json.Marshal(got)
	if err != nil {
		t.Fatal(err)
	}
	var back Options
	if err := json.Unmarshal(data, &back); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, back); diff != "" {
		t.Error(diff)
	}
	const keys = `{"duration":90000000000,"units":20,"adaptive":false,"blocks":0,"margin":0.02,"threads":1,"pin":true,"streams":0,"batch":[1,8],` +
		`"shapes":["sequence=128","mask.1=64"],"seed":1,"tolerance":0.0001,"timeout":120000000000}`
	if string(data) != keys {
		t.Errorf("got %s", data)
	}
}

func TestDefaultsAreValid(t *testing.T) {
	if err := Defaults().Validate(); err != nil {
		t.Error(err)
	}
	for name, change := range map[string]func(*Options){
		"one unit":     func(o *Options) { o.Units = 1 },
		"nan margin":   func(o *Options) { o.Margin = Ratio(math.NaN()) },
		"no duration":  func(o *Options) { o.Duration = 0 },
		"no timeout":   func(o *Options) { o.Timeout = 0 },
		"wide margin":  func(o *Options) { o.Margin = 1 },
		"minus blocks": func(o *Options) { o.Blocks = -1 },
		"tolerance":    func(o *Options) { o.Tolerance = -1 },
	} {
		o := Defaults()
		change(&o)
		if err := o.Validate(); !errors.Is(err, ErrUsage) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
