package dims

import "testing"

func TestNames(t *testing.T) {
	for name, want := range map[string]string{
		"batch": "batch", "batch_size": "batch", "BatchSize": "batch", "bs": "batch", "decoder_batch": "batch",
		"N": "letter", "b": "letter",
		"num_rois": "other", "numBoxes": "other", "seq_len": "other", "sequence": "other", "height": "other", "H": "other", "n_tokens": "other", "input_length": "other",
		"": "none", "?": "none", "None": "none", "unk__12": "none", "x_dynamic_axes_2": "none", "Convy_dim_0": "none", "p2o.DynamicDimension.0": "none", "DynamicDimension.1": "none",
		"s0": "a name", "dim": "a name", "hidden": "a name", "numeral": "other",
	} {
		got := "a name"
		switch {
		case madeUp.MatchString(name):
			got = "none"
		case saysBatch(name):
			got = "batch"
		case isBatchLetter(name):
			got = "letter"
		case saysOther(name):
			got = "other"
		}
		if got != want {
			t.Errorf("%q is %s, want %s", name, got, want)
		}
	}
}

// A name that an input has twice tells its dimensions apart no more than none.
func TestNamesThatRepeat(t *testing.T) {
	twice := input("x[k,3,k]")
	if got := nameOf(twice, twice.Shape[0]); got != "" {
		t.Errorf("%q", got)
	}
	batch := input("x[batch,batch]")
	if got := nameOf(batch, batch.Shape[1]); got != "batch" {
		t.Errorf("%q", got)
	}
}
