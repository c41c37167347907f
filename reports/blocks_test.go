package reports

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestFamilyIsNamedByItsBranches(t *testing.T) {
	for want, blocks := range map[string][][]string{
		"ACNet":                       {{"3×3", "3×1", "1×3"}, {"5×5", "1×3", "3×1"}, {"7×7", "7×1", "1×7", "identity"}},
		"RepVGG":                      {{"3×3", "1×1"}, {"BatchNormalization", "1×1", "3×3"}, {"3×3", "1×1", "identity"}},
		"MobileOne":                   {{"3×3", "3×3", "3×3", "1×1", "BatchNormalization"}, {"1×1", "1×1"}},
		"RepLKNet":                    {{"13×13", "5×5"}, {"7×7", "3×3"}},
		"PP-LCNetV2":                  {{"5×5", "3×3"}, {"5×5", "3×3", "1×1"}},
		"RepMixer":                    {{"3×3", "1×1", "BatchNormalization", "BatchNormalization"}},
		"ExpandNet":                   {{"1×1 → 3×3 → 1×1"}, {"1×1 → 3×3"}},
		"RepNeXt":                     {{"3×3", "1×3", "3×1", "2×2"}, {"7×7", "5×3", "3×5", "1×3 → 3×1"}},
		"DBB":                         {{"3×3", "1×1", "1×1 → 3×3", "1×1 → AveragePool"}},
		"ECB":                         {{"3×3", "1×1 → 3×3", "1×1 → 3×3", "identity"}},
		"QARepVGG":                    {{"3×3", "1×1", "identity", "AveragePool"}},
		"residual of one convolution": {{"3×3", "identity"}, {"BatchNormalization", "1×1"}},
		"sum of branches":             {{"1×3", "3×1"}, {"identity", "identity"}, {"3×3", "BatchNormalization", "Conv"}},
	} {
		for _, branches := range blocks {
			if got := family(branches); got != want {
				t.Errorf("%v is %s, not %s", branches, got, want)
			}
		}
	}
}

func TestBlocksAreThoseThatHaveBranches(t *testing.T) {
	f := &Fuse{
		Rewrites: []Rewrite{{Pass: "a", Node: "bn", Detail: "folded"}, {Pass: "b", Node: "sum", Detail: "merged", Branches: []string{"3×3", "1×1"}}},
		Refusals: []Refusal{{Pass: "a", Node: "bn2", Reason: "no_convolution"}, {Pass: "b", Node: "c", Reason: "costlier", Detail: "dear", Branches: []string{"1×7", "7×1"}}},
	}
	want := []Block{
		{Node: "sum", Family: "RepVGG", Branches: []string{"3×3", "1×1"}, Fused: true, Detail: "merged"},
		{Node: "c", Family: "sum of branches", Branches: []string{"1×7", "7×1"}, Reason: "costlier", Detail: "dear"},
	}
	if diff := cmp.Diff(want, f.Blocks()); diff != "" {
		t.Error(diff)
	}
}
