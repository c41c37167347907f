package cli

import (
	"testing"

	"github.com/spf13/cobra"
)

func TestListValue(t *testing.T) {
	v := &listValue{kind: "list"}
	if v.String() != "" {
		t.Errorf("an empty list is %q", v)
	}
	for _, text := range []string{"ort", "{tensorrt: {device: 1}}"} {
		if err := v.Set(text); err != nil {
			t.Fatal(err)
		}
	}
	if want := "[ort, {tensorrt: {device: 1}}]"; v.String() != want {
		t.Errorf("%q, want %q", v, want)
	}
}

// A flag for a key of the configuration says what the configuration says of it.
func TestSetting(t *testing.T) {
	cmd := &cobra.Command{}
	benchSettings(cmd)
	fuseSettings(cmd)
	f := cmd.Flags().Lookup("units")
	if f == nil || f.Annotations[keyAnnotation][0] != "bench.units" || f.Usage == "" {
		t.Fatalf("flag --units is %+v", f)
	}
	if _, list := cmd.Flags().Lookup("disable").Value.(*listValue); !list {
		t.Error("--disable cannot be repeated")
	}
	if _, list := f.Value.(*listValue); list {
		t.Error("--units can be repeated")
	}
}
