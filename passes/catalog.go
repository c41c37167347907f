package passes

import (
	"github.com/acdeploy/acdeploy/catalog"
	"github.com/acdeploy/acdeploy/pipeline"
)

// entry is what the catalog says of a pass. Each is in the file of its pass.
type entry = catalog.Entry[pipeline.Pass]

// Catalog lists the passes in the order of the default pipeline, which repeats until nothing changes.
//
// Functions come first, so that the others see what is in them. Constants come next: after that every parameter is
// an initializer. Then identities and pads go, which would be between a convolution and its neighbours. Then come
// the folds, which leave bare convolutions. Equal nodes become one after the folds, which want a node of its own in front
// of each convolution, and before the fusion of branches, which wants one input for all. That needs bare convolutions,
// too; in the next round it gives the folds a convolution where a sum was. Chains are composed after that, since the fusion of branches sees through them and
// knows better what to make of one inside a sum. Clean-up comes last, and removes what nobody uses any more.
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
		mergeEqualNodes(),
		fuseBranches(),
		fuseChain(),
		deduplicateInitializers(),
		removeUnused(),
		equalizeChannels(),
	}
}
