package passes

import (
	"github.com/acdeploy/acdeploy/catalog"
	"github.com/acdeploy/acdeploy/pipeline"
)

// entry is what the catalog says of a pass. Each stands in the file of its pass.
type entry = catalog.Entry[pipeline.Pass]

// Catalog lists the passes in the order of the default pipeline, which repeats until nothing changes.
//
// Functions come first, so that the others see what is in them. Then constants, so that every
// parameter is an initializer when the others look at it; then what stands between a convolution and
// its neighbours goes (identities, pads); then the folds, which leave bare convolutions; then the
// fusion of branches, which needs bare convolutions and in the next round gives the folds a
// convolution where a sum was. Chains are composed after that: the fusion of branches sees through them,
// and knows better what to make of one inside a sum. Clean-up comes last: it sees what the others left
// behind.
func Catalog() catalog.Catalog[pipeline.Pass] {
	return catalog.Catalog[pipeline.Pass]{
		inlineFunctions(),
		liftConstants(),
		eliminateIdentity(),
		foldConstants(),
		resolveSlice(),
		resolveAutoPad(),
		foldPad(),
		foldBatchNorm(),
		foldAffine(),
		fuseBranches(),
		fuseChain(),
		deduplicateInitializers(),
		removeUnused(),
	}
}
