package html

import (
	"testing"

	"github.com/acdeploy/acdeploy/reports"
)

func TestLights(t *testing.T) {
	for name, test := range map[string]struct {
		of         reports.Conclusion
		incomplete bool
		want       [3]state
	}{
		"all is well":  {reports.Conclusion{Answers: reports.AnswersSame, Latency: "equivalent"}, false, [3]state{good, good, good}},
		"all is bad":   {reports.Conclusion{Answers: reports.AnswersDiffer, Latency: "slower", Reasons: []reports.Reason{{Code: reports.ReasonInterrupted}}}, false, [3]state{bad, bad, bad}},
		"nothing done": {reports.Conclusion{Answers: reports.AnswersNotCompared, Latency: reports.LatencyNotMeasured}, false, [3]state{unknown, unknown, unknown}},
		"skipped":      {reports.Conclusion{Answers: reports.AnswersSame, Latency: "not_shown", Skipped: 2}, false, [3]state{good, unknown, unknown}},
		"in part":      {reports.Conclusion{Answers: reports.AnswersSame, Latency: "invalid"}, true, [3]state{good, unknown, bad}},
		"interrupted":  {reports.Conclusion{Answers: reports.AnswersSame, Latency: "invalid", Reasons: []reports.Reason{{Code: reports.ReasonInterrupted}}}, false, [3]state{good, bad, bad}},
	} {
		for i, l := range lights(&test.of, test.incomplete) {
			if l.State != test.want[i] || l.Word == "" {
				t.Errorf("%s: %s is %s (%q), want %s", name, l.Question, l.State, l.Word, test.want[i])
			}
		}
	}
}
