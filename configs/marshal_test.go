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
