package release

import "testing"

func TestDifference(t *testing.T) {
	for _, c := range []struct{ got, want, at string }{
		{`{"a":1,"b":[1,{"c":null}]}`, `{"a":1,"b":[1,{"c":null}]}`, ""},
		{`{"a":1,"later":2}`, `{"a":1}`, ""},
		{`{"a":{"b":1}}`, `{"a":{"b":2}}`, "a.b is 1, not 2"},
		{`{"a":{"b":1}}`, `{"a":{"b":"1"}}`, `a.b is 1, not "1"`},
		{`{"a":null}`, `{"a":0}`, "a is null, not 0"},
		{`{}`, `{"a":null}`, "a is missing"},
		{`{"a":[1]}`, `{"a":[1,2]}`, "a is not a list of 2"},
		{`{"a":[1,2]}`, `{"a":[1]}`, "a is not a list of 1"},
		{`{"open":[1,2]}`, `{"open":[1]}`, ""},
		{`{"open":[2,1]}`, `{"open":[1]}`, "open[0] is 2, not 1"},
		{`{"a":[{"b":1}]}`, `{"a":[{"b":true}]}`, "a[0].b is 1, not true"},
		{`[]`, `{"a":1}`, " is no object"},
	} {
		got, err := decoded([]byte(c.got))
		if err != nil {
			t.Fatal(err)
		}
		want, err := decoded([]byte(c.want))
		if err != nil {
			t.Fatal(err)
		}
		if at := difference("", got, want, "open"); at != c.at {
			t.Errorf("%s, %s: %q, want %q", c.got, c.want, at, c.at)
		}
	}
}
