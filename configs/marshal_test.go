package configs_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestConfigurationIsWrittenAsItIsRead(t *testing.T) {
	c := parse(t, uncommented(t))
	text, err := c.YAML()
	if err != nil {
		t.Fatal(err)
	}
	again, err := parse(t, string(text)).YAML()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(text), string(again)); diff != "" {
		t.Errorf("written and read again it differs:\n%s", diff)
	}
	golden(t, "testdata/written.golden", string(text))
	data, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	if err := validate(t, compile(t), string(data)); err != nil {
		t.Errorf("its JSON form is not valid: %v", err)
	}
}

func TestASmallNumberIsWrittenAsItIsRead(t *testing.T) {
	c := parse(t, "model: a.onnx\nverify: {tolerance: 1e-7}\nbench: {margin: 1e-7}\n")
	text, err := c.YAML()
	if err != nil {
		t.Fatal(err)
	}
	if again := parse(t, string(text)); again.Verify.Tolerance != 1e-7 || again.Bench.Margin != 1e-7 {
		t.Errorf("read %v and %v of\n%s", again.Verify.Tolerance, again.Bench.Margin, text)
	}
	data, err := c.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	var written struct {
		Verify struct{ Tolerance float64 }
		Bench  struct{ Margin float64 }
	}
	if err := json.Unmarshal(data, &written); err != nil || written.Verify.Tolerance != 1e-7 || written.Bench.Margin != 1e-7 {
		t.Errorf("%v, %v: %s", written, err, data)
	}
}
