//go:build unix

package tensorrt

import (
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseTimes(t *testing.T) {
	good := `[
  { "startEnqMs" : 3203.26, "endEnqMs" : 3203.27, "computeMs" : 0.121826, "latencyMs" : 0.121826 }
, { "startEnqMs" : 3203.39, "computeMs" : 1.23457e+06, "latencyMs" : 1 }
]
`
	got, err := parseTimes([]byte(good))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]int64{121_826, 1_234_570_000_000}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for fact, text := range map[string]string{
		"truncated": good[:60], "bare_nan": `[{"computeMs" : nan}]`, "bare_inf": `[{"computeMs" : inf}]`, "no_compute": `[{"latencyMs" : 1}]`,
		"negative": `[{"computeMs" : -1}]`, "empty": `[]`, "no_list": `{}`, "nothing": ``, "huge": `[{"computeMs" : 1e300}]`,
	} {
		if times, err := parseTimes([]byte(text)); err == nil {
			t.Errorf("%s: %v", fact, times)
		}
	}
}

func TestParseProfile(t *testing.T) {
	text, err := os.ReadFile("testdata/profile.json")
	if err != nil {
		t.Fatal(err)
	}
	got, err := parseProfile(text)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]int64{
		"Reformatting CopyNode for Input Tensor 0 to conv1 + relu1": 5120, "conv1 + relu1": 20_480, `a "quoted\name"`: 1_234_570_000_000,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for fact, text := range map[string]string{
		"nothing": ``, "only_the_count": "[\n  { \"count\" : 50 }\n]\n",
		"nan":      `, {"name" : "a", "timeMs" : nan, "averageMs" : nan, "medianMs" : nan, "percentage" : nan }`,
		"negative": `, {"name" : "a", "timeMs" : -1, "averageMs" : -1, "medianMs" : -1, "percentage" : 1 }`,
		"huge":     `, {"name" : "a", "timeMs" : 1, "averageMs" : 1, "medianMs" : 1e300, "percentage" : 1 }`,
	} {
		if times, err := parseProfile([]byte(text)); err == nil {
			t.Errorf("%s: %v", fact, times)
		}
	}
}
