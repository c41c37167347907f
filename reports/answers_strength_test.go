package reports

import (
	"math"
	"slices"
	"testing"

	"github.com/acdeploy/acdeploy/verify"
)

// layerOf is the strength of channel 3 of a layer.
func layerOf(node string, change float64, by string) verify.LayerStrength {
	channel := 3
	return verify.LayerStrength{Node: node, Change: verify.Number(change), FoundBy: by, Part: "weights", Channel: &channel}
}

// TestStrength says what all checks see, and what an engine's outputs show by themselves.
func TestStrength(t *testing.T) {
	fc := verify.LayerStrength{Node: "fc", Change: 0x1p-23, FoundBy: "bytes"}
	lost := verify.LayerStrength{Node: "lost", Change: verify.Number(math.NaN())}
	for name, c := range map[string]struct {
		list []verify.LayerStrength
		want []string
	}{
		"nothing": {nil, nil},
		"all": {[]verify.LayerStrength{layerOf("a", 0.003, "ort"), layerOf("b", 0.002, "ort"), fc, layerOf("a", 1e-11, "algebra")}, []string{
			"A change of 1.2e-07 of any output channel would be noticed. The weakest is fc.",
			"By themselves, the outputs on ort would show a change of 0.3 % of the weights of channel 3 of a.",
		}},
		"weak layers": {[]verify.LayerStrength{lost, layerOf("a", math.NaN(), "ort"), layerOf("dead", 0.5, "algebra"), layerOf("a", 1e-9, "algebra")}, []string{
			"Layers of which no check would notice a change of 1 %: 2; see the warnings.",
			"A change of 1.0e-09 of any output channel of the other layers would be noticed. The weakest is the weights of channel 3 of a.",
			"By themselves, the outputs on ort would not show a change of 1 % of the weights of channel 3 of a.",
		}},
		"an engine alone": {[]verify.LayerStrength{layerOf("a", math.NaN(), "ort")}, []string{
			"By themselves, the outputs on ort would not show a change of 1 % of the weights of channel 3 of a.",
		}},
	} {
		if got := strength(c.list, false); !slices.Equal(got, c.want) {
			t.Errorf("%s: it says %q, want %q", name, got, c.want)
		}
	}
	want := []string{"A change of 1.2e-07 of any output channel of the layers that were tried would be noticed. The weakest is fc."}
	if got := strength([]verify.LayerStrength{fc}, true); !slices.Equal(got, want) {
		t.Errorf("of a sample it says %q, want %q", got, want)
	}
}
