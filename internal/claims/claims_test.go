package claims

import (
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/reports"
)

// TestFalseFindsWhatIsNotTrue says things of a run that ended before it measured.
func TestFalseFindsWhatIsNotTrue(t *testing.T) {
	r := reports.New(nil, nil, nil)
	r.Config = []byte(`{"version": 1, "baseline": "plain.onnx"}`)
	r.Conclusion = &reports.Conclusion{ExitCode: 1}
	r.Conclude()
	r.Fuse = &reports.Fuse{}
	const sound = "FAILED with exit code 1. Latency not measured, answers not compared.\n"
	if found := False(r, sound); found != nil {
		t.Errorf("what is true is called false: %q", found)
	}
	for _, words := range []string{
		"PASSED", "INTERRUPTED", "No baseline was given", "same answers (proof: ", "DIFFERENT ANSWERS", "everything was run", "the measurement is INVALID",
		"| model | latency | ratio |\n| baseline | 2.000 ms | 1 |\n| fused | 2.200 ms | 1.200 |\n",
	} {
		if False(r, sound+words) == nil {
			t.Errorf("%q is believed", words)
		}
	}
	for words := range strings.SplitSeq(sound, ", ") {
		if False(r, words) == nil {
			t.Errorf("%q is thought to say everything", words)
		}
	}
}

// TestQuotients allows for what printing rounds off.
func TestQuotients(t *testing.T) {
	for text, found := range map[string]int{
		"│ model │ latency │ ratio │\n│ baseline │ 0.3123 ms │ 1 │\n│ fused │ 0.3118 ms │ 0.998 │\n": 0,
		"| latency | ratio |\n| 12 806 ms | 1 |\n| 12 783 ms | 0.998 |\n":                            0,
		"| latency | ratio |\n| 2.000 ms | 1 |\n| 2.010 ms | 1.004 |\n":                              0,
		"| latency | ratio |\n| 2.000 ms | 1 |\n| 2.010 ms | 1.003 |\n":                              1,
		"| latency | ratio |\n| 10.62 ms | 1 |\n| 10.59 ms | 0.998 |\n":                              0,
		"| latency | ratio |\n| 2.000 ms | 1 |\n| 2.010 ms | – |\n":                                  0,
		"| latency | ratio |\n| 2.000 ms | 1 |\n\n| peak | 2.010 ms |\n| 5.000 ms | 1.004 |\n":       0,
	} {
		if got := quotients(text); len(got) != found {
			t.Errorf("%q: %q", text, got)
		}
	}
}

func TestPlain(t *testing.T) {
	for text, want := range map[string]string{
		"<!doctype html>\n<style>a{}</style><p>one &amp;\n  two</p>": "   one & two ",
		"a long\n  line\n| a |\n| b |\n\nend":                        "a long line\n| a |\n| b |\n\nend",
	} {
		if got := Plain(text); strings.TrimSpace(got) != strings.TrimSpace(want) {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
