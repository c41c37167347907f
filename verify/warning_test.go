package verify

import (
	"encoding/json"
	"testing"
)

// TestWarned adds warnings to those of a result, which keeps its own.
func TestWarned(t *testing.T) {
	first := Warning{Name: "y", Reason: "constant_output", Detail: "it is the same for every input"}
	one := NewResult(Algebra).Warned(first)
	two, other := one.Warned(Warning{Name: "z"}), one.Warned(Warning{Name: "w"})
	if len(one.Warnings) != 1 || two.Warnings[1].Name != "z" || other.Warnings[1].Name != "w" {
		t.Errorf("warnings %v, %v, %v", one.Warnings, two.Warnings, other.Warnings)
	}
	if got := first.String(); got != "y: it is the same for every input" {
		t.Error(got)
	}
	got, err := json.Marshal(one)
	if want := `{"equal":false,"proof":"algebra","checks":null,"warnings":[{"name":"y","reason":"constant_output","detail":"it is the same for every input"}]}`; err != nil || string(got) != want {
		t.Errorf("%s, %v", got, err)
	}
}
