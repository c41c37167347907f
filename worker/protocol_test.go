package worker

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A message is one line, whatever is in it, and names its request first.
func TestMessages(t *testing.T) {
	for want, message := range map[string]any{
		`{"op":"close"}` + "\n":                                                   Request{Op: opClose},
		`{"op":"time","time":{"order":[0,1],"each":2}}` + "\n":                    timing(2, 0, 1),
		`{"op":"slow","error":"two\nlines"}` + "\n":                               Reply{Op: opSlow, Error: "two\nlines"},
		`{"op":"time","times":{"nanoseconds":[1],"cpu":null,"elapsed":1}}` + "\n": Reply{Op: opTime, Times: &Times{Nanoseconds: []int64{1}, Elapsed: 1}},
		`{"op":"run","answers":{"agreements":[{"arm":0,"with":0,"max_rel":null,"equal":false,"detail":"x"}]}}` + "\n": Reply{
			Op: opRun, Answers: &Answers{Agreements: []Agreement{{Detail: "x"}}},
		},
	} {
		line, err := encode(message)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, string(line)); diff != "" {
			t.Error(diff)
		}
	}
}

// What is sent is what arrives.
func TestRequestsSurviveTheWay(t *testing.T) {
	want := opening("a", "b")
	line, err := encode(want)
	if err != nil {
		t.Fatal(err)
	}
	var got Request
	if err := json.Unmarshal(line, &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
