package catalog_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/acdeploy/acdeploy/catalog"
)

func defaults() *engine { return &engine{Threads: 1, Timeout: time.Minute} }

// TestEncodeAndDecode takes options to text and back, and writes only what is not the default.
func TestEncodeAndDecode(t *testing.T) {
	for want, change := range map[string]func(*engine){
		"":                                    func(*engine) {},
		`{"threads":0}`:                       func(e *engine) { e.Threads = 0 },
		`{"timeout":"1m30s","device":1}`:      func(e *engine) { e.Timeout, e.Device = 90*time.Second, 1 },
		`{"session":{"a":"1"},"names":["b"]}`: func(e *engine) { e.Session, e.Names = map[string]string{"a": "1"}, []string{"b"} },
	} {
		made := defaults()
		change(made)
		text, err := catalog.Encode(made, defaults())
		if err != nil || string(text) != want {
			t.Errorf("%s, %v; want %s", text, err, want)
		}
		again := defaults()
		if err := catalog.Decode(text, again); err != nil {
			t.Errorf("%s: %v", text, err)
		}
		if diff := cmp.Diff(made, again, cmpopts.IgnoreUnexported(engine{})); diff != "" {
			t.Errorf("%s: %s", text, diff)
		}
	}
}

func TestDecodeIsStrict(t *testing.T) {
	for text, want := range map[string]string{
		`{"thread":1}`:                  `unknown option "thread", did you mean "threads"?`,
		`{"hidden":"x"}`:                `unknown option "hidden"`,
		`{"b":1,"a":2}`:                 "unknown option \"a\"\nunknown option \"b\"",
		`{"threads":"two"}`:             "option threads: json: cannot unmarshal string",
		`{"timeout":60}`:                "option timeout: json: cannot unmarshal number",
		`{"timeout":"a minute"}`:        "option timeout: time: invalid duration",
		`["threads"]`:                   "cannot unmarshal array",
		`{"threads":1}{"threads":2}`:    "invalid character",
		`{"threads":1.5}`:               "option threads: json: cannot unmarshal number 1.5",
		`{"names":["a"],"device":null}`: "",
	} {
		err := catalog.Decode(json.RawMessage(text), defaults())
		if said := errorText(err); !strings.Contains(said, want) || (want == "") != (said == "") {
			t.Errorf("%s: %q, want %q", text, said, want)
		}
	}
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// A group of options is written under their names, and read again.
func TestEncodeGroup(t *testing.T) {
	type grouped struct {
		Group struct {
			OneOption string `yaml:"one_option"`
		} `yaml:"group"`
	}
	made, again := &grouped{}, &grouped{}
	made.Group.OneOption = "x"
	text, err := catalog.Encode(made, &grouped{})
	if err != nil || string(text) != `{"group":{"one_option":"x"}}` {
		t.Fatalf("%s, %v", text, err)
	}
	if err := catalog.Decode(text, again); err != nil || *again != *made {
		t.Errorf("%+v, %v", again, err)
	}
	if err := catalog.Decode(json.RawMessage(`{"group":{"other":1}}`), again); err == nil || !strings.Contains(err.Error(), `unknown option "other"`) {
		t.Errorf("an unknown option of a group: %v", err)
	}
}
