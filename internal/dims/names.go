package dims

import (
	"regexp"
	"slices"
	"strings"

	"github.com/acdeploy/acdeploy/tensor"
)

// nameOf is the name of an open dimension, "" where it has none. A name that exporters make up for each dimension anew is none, and
// neither is one that an input has twice, unless it means the batch.
func nameOf(spec tensor.Spec, d tensor.Dim) string {
	if madeUp.MatchString(d.Param) {
		return ""
	}
	times := 0
	for _, other := range spec.Shape {
		if other.Size < 0 && other.Param == d.Param {
			times++
		}
	}
	if times > 1 && !saysBatch(d.Param) {
		return ""
	}
	return d.Param
}

// madeUp are names that stand for "unknown": of tf2onnx (unk__12), PyTorch (x_dynamic_axes_1, Convy_dim_0), Paddle
// (p2o.DynamicDimension.0) and hand-written files.
var madeUp = regexp.MustCompile(`(?i)^(\?*|none|unknown|-1|unk_*\d+|.*_dynamic_axes_\d+|.*_dim_\d+|.*DynamicDimension\.?\d+)$`)

// saysBatch reports whether a name can mean nothing but the batch.
func saysBatch(name string) bool {
	name = strings.ToLower(name)
	return strings.Contains(name, "batch") || name == "bs"
}

// isBatchLetter reports whether a name is a letter that usually means the batch.
func isBatchLetter(name string) bool { return slices.Contains([]string{"N", "n", "B", "b"}, name) }

// saysOther reports whether a name means something else than the batch: a count, or a size in space or time.
func saysOther(name string) bool { return otherName.MatchString(name) }

var otherName = regexp.MustCompile(`(?i)(^|_|\.)(num|n|nb|count|counts|len|length|seq|sequence|height|width|h|w|depth|time|frames|tokens|points|rois|boxes|channels|samples|steps)(_|\.|$)|^num|length$|^seq`)

// meaning is what a dimension probably is, for people; "" where nothing tells.
func meaning(spec tensor.Spec, axis int) string {
	if name := spec.Shape[axis].Param; name != "" && !madeUp.MatchString(name) {
		return ""
	}
	if spec.Type.IsFloat() || spec.Type == tensor.Uint8 {
		switch rank := len(spec.Shape); {
		case rank == 4 && axis == 2 && spec.Shape[1].Size > 0 && spec.Shape[1].Size <= 4, rank == 4 && axis == 1 && lastIsColour(spec):
			return "the height?"
		case rank == 4 && axis == 3 && spec.Shape[1].Size > 0 && spec.Shape[1].Size <= 4, rank == 4 && axis == 2 && lastIsColour(spec):
			return "the width?"
		}
	}
	return ""
}

func lastIsColour(spec tensor.Spec) bool {
	last := spec.Shape[len(spec.Shape)-1].Size
	return last > 0 && last <= 4
}
