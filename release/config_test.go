package release

import (
	"encoding/json"
	"testing"

	"github.com/acdeploy/acdeploy/reports"
)

// The layout of a configuration does not count, its values do.
func TestConfigDigest(t *testing.T) {
	digests := map[string]bool{}
	for _, text := range []string{`{"a":1,"b":"<&>"}`, "{ \"b\": \"\\u003c&\\u003e\",\n\t\"a\": 1 }\n"} {
		digest, err := ConfigDigest(json.RawMessage(text))
		if err != nil {
			t.Fatal(digest, err)
		}
		digests[digest] = true
	}
	if len(digests) != 1 || !digests["58423312859781173daa50275e38277faf759caf2bc6fa307dd02d55f48cf012"] {
		t.Errorf("got %v", digests)
	}
	if other, err := ConfigDigest(json.RawMessage(`{"a":2,"b":"<&>"}`)); err != nil || digests[other] {
		t.Errorf("another value: %s, %v", other, err)
	}
	secret, err := ConfigDigest(json.RawMessage(`{"a":"https://me:pw@host/x"}`))
	if shown, _ := ConfigDigest(json.RawMessage(`{"a":"https://***@host/x"}`)); err != nil || secret != shown {
		t.Errorf("a secret counts: %s, %s, %v", secret, shown, err)
	}
	if _, err := ConfigDigest(nil); err == nil {
		t.Error("no configuration has a digest")
	}
}

func TestNamed(t *testing.T) {
	fused := &reports.Fuse{Input: reports.File{Path: `C:\models\net.onnx`}}
	for _, c := range []struct{ config, name, alias string }{
		{`{"model": "a/acnet.onnx"}`, "acnet", ""},
		{`{"model": "a/acnet.onnx", "release_name": "digits", "release_alias": "champion"}`, "digits", "champion"},
		{`null`, "net", ""},
	} {
		name, alias := named(&reports.Report{Config: json.RawMessage(c.config), Fuse: fused})
		if name != c.name || alias != c.alias {
			t.Errorf("%s: %q, %q", c.config, name, alias)
		}
	}
}
