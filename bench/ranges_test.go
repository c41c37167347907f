package bench

import (
	"errors"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/worker"
)

func TestRange(t *testing.T) {
	for text, want := range map[string]Range{
		"ids=0:30521": {"ids", 0, 30521}, "x=-1.5:1.5": {"x", -1.5, 1.5}, "a=b=1:1": {"a=b", 1, 1}, "x= 0 : 2": {"x", 0, 2},
	} {
		var r, again Range
		if err := r.UnmarshalText([]byte(text)); err != nil || r != want {
			t.Errorf("%q gives %v, %v", text, r, err)
		}
		if err := again.UnmarshalText([]byte(r.String())); err != nil || again != r {
			t.Errorf("%v is written %q", r, r.String())
		}
	}
	for _, text := range []string{"", "ids", "ids=", "ids=3", "=0:1", "ids=2:1", "ids=a:1", "ids=0:b", "ids=nan:1", "ids=0:inf", "x=-1e308:1e308"} {
		var r Range
		if err := r.UnmarshalText([]byte(text)); err == nil || !strings.Contains(err.Error(), "LOW:HIGH") {
			t.Errorf("%q gives %v, %v", text, r, err)
		}
	}
}

func TestWithin(t *testing.T) {
	inputs := []worker.Input{{Name: "ids"}, {Name: "mask"}}
	if err := within(inputs, []Range{{"mask", 0, 1}}, "m"); err != nil || inputs[0].Range != nil || *inputs[1].Range != [2]float64{0, 1} {
		t.Errorf("%+v, %v", inputs, err)
	}
	if err := within(inputs, []Range{{"x", 0, 1}}, "m"); !errors.Is(err, ErrUsage) || !strings.Contains(err.Error(), `"x"`) {
		t.Error(err)
	}
}
