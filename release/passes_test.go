package release_test

import (
	"reflect"
	"testing"

	"github.com/acdeploy/acdeploy"
	"github.com/acdeploy/acdeploy/passes"
	"github.com/acdeploy/acdeploy/pipeline"
	"github.com/acdeploy/acdeploy/release"
)

// What a model says of its passes makes the same passes again, options included.
func TestPassesAndSteps(t *testing.T) {
	steps, err := acdeploy.DefaultSteps(passes.Catalog(), []string{"fold_pad"})
	if err != nil {
		t.Fatal(err)
	}
	for i := range steps {
		if p, ok := steps[i].Pass.(*passes.FuseBranches); ok {
			p.AllowCostlier = true
		}
	}
	text, err := release.PassesOf(steps, passes.Catalog())
	if err != nil {
		t.Fatal(err)
	}
	const want = `["inline_functions","lift_constants","eliminate_identity","fold_constants","resolve_slice","resolve_auto_pad","fold_batchnorm",` +
		`"fold_affine","merge_equal_nodes",{"fuse_branches":{"allow_costlier":true}},"fuse_chain","deduplicate_initializers","remove_unused"]`
	if text != want {
		t.Errorf("got  %s\nwant %s", text, want)
	}
	again, err := release.StepsOf(text, passes.Catalog())
	if err != nil || !reflect.DeepEqual(again, steps) {
		t.Errorf("made %+v, %v", again, err)
	}
}

// A pass of another program has its name alone.
func TestPassesOfAnotherProgram(t *testing.T) {
	text, err := release.PassesOf([]pipeline.Step{{Name: "cut_head"}}, passes.Catalog())
	if err != nil || text != `["cut_head"]` {
		t.Errorf("%s, %v", text, err)
	}
}

func TestStepsOfWhatIsNoList(t *testing.T) {
	for text, want := range map[string]string{
		``:                                     `"" is no list of passes: unexpected end of JSON input`,
		`{}`:                                   `"{}" is no list of passes: json: cannot unmarshal object into Go value of type []json.RawMessage`,
		`[1]`:                                  `1 is no pass: want a name, or one name with its options`,
		`[{"a":{},"b":{}}]`:                    `{"a":{},"b":{}} is no pass: want a name, or one name with its options`,
		`[{"fuse_chain":{"allow_costlie":1}}]`: `pass options of fuse_chain: unknown option "allow_costlie", did you mean "allow_costlier"?`,
	} {
		t.Run(text, func(t *testing.T) {
			if _, err := release.StepsOf(text, passes.Catalog()); err == nil || err.Error() != want {
				t.Errorf("got %v", err)
			}
		})
	}
	if _, err := release.StepsOf(`["fuse_branch"]`, passes.Catalog()); err == nil {
		t.Error("a pass that there is not was made")
	}
}
