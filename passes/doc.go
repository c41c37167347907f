// Package passes holds the passes that come with acdeploy, one file each.
//
// Every rewrite is exact in real arithmetic or does not happen. What a pass looked at and left alone
// is a refusal with one of these stable words:
//
//	border          a composed kernel would be right inside the image and wrong at its border
//	costlier        the merged kernel would cost more multiply-adds than what it replaces
//	element_type    a parameter is not of a floating-point type, or branches have different types
//	graph_input     a parameter is an input of the graph, or an initializer that callers may replace
//	misaligned      the branches differ in stride, size or channels, or a tap has no place
//	no_convolution  a batch normalisation has no convolution or constant matrix beside it to fold into
//	non_finite      a value that the rewrite would read is NaN, infinite or a variance below zero
//	not_affine      what stands between a convolution and a sum is no scale and shift per channel
//	not_channel     a constant or a batch normalisation is not one number per channel of what it would fold into
//	not_constant    a parameter is computed or missing
//	not_inlined     the call of a function that holds something to fold cannot be replaced by its body
//	overflow        a result does not fit the element type
//	padding_mode    a pad is not a constant zero pad of the image, or depends on the size of the image
//	quantized       a value, a parameter or a branch is quantised, and a rewrite would change what is rounded
//	shared_output   a value in between has another user or is an output of the graph
//	training_mode   a batch normalisation or dropout is in training mode
//	unsupported     an old or unusual form of an operator that is left as it is
package passes

import (
	"github.com/acdeploy/acdeploy/catalog"
	"github.com/acdeploy/acdeploy/passes/internal/refusal"
	"github.com/acdeploy/acdeploy/pipeline"
)

// The reasons for a refusal. The package documentation says what they mean.
const (
	Border        = refusal.Border
	Costlier      = refusal.Costlier
	ElementType   = refusal.ElementType
	GraphInput    = refusal.GraphInput
	Misaligned    = refusal.Misaligned
	NoConvolution = refusal.NoConvolution
	NonFinite     = refusal.NonFinite
	NotAffine     = refusal.NotAffine
	NotChannel    = refusal.NotChannel
	NotConstant   = refusal.NotConstant
	NotInlined    = refusal.NotInlined
	Overflow      = refusal.Overflow
	PaddingMode   = refusal.PaddingMode
	Quantized     = refusal.Quantized
	SharedOutput  = refusal.SharedOutput
	TrainingMode  = refusal.TrainingMode
	Unsupported   = refusal.Unsupported
)

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
		{Name: "inline_functions", Doc: inlineFunctionsDoc, New: func() pipeline.Pass { return &InlineFunctions{} }},
		{Name: "lift_constants", Doc: liftConstantsDoc, New: func() pipeline.Pass { return &LiftConstants{} }},
		{Name: "eliminate_identity", Doc: eliminateIdentityDoc, New: func() pipeline.Pass { return &EliminateIdentity{} }},
		{Name: "fold_constants", Doc: foldConstantsDoc, New: func() pipeline.Pass { return &FoldConstants{MaxBytes: defaultMaxBytes, MaxSteps: defaultMaxSteps} }},
		{Name: "resolve_slice", Doc: resolveSliceDoc, New: func() pipeline.Pass { return &ResolveSlice{} }},
		{Name: "resolve_auto_pad", Doc: resolveAutoPadDoc, New: func() pipeline.Pass { return &ResolveAutoPad{} }},
		{Name: "fold_pad", Doc: foldPadDoc, New: func() pipeline.Pass { return &FoldPad{} }},
		{Name: "fold_batchnorm", Doc: foldBatchNormDoc, New: func() pipeline.Pass { return &FoldBatchNorm{} }},
		{Name: "fold_affine", Doc: foldAffineDoc, New: func() pipeline.Pass { return &FoldAffine{} }},
		{Name: "fuse_branches", Doc: fuseBranchesDoc, New: func() pipeline.Pass { return &FuseBranches{} }},
		{Name: "fuse_chain", Doc: fuseChainDoc, New: func() pipeline.Pass { return &FuseChain{} }},
		{Name: "deduplicate_initializers", Doc: deduplicateDoc, New: func() pipeline.Pass { return &DeduplicateInitializers{} }},
		{Name: "remove_unused", Doc: removeUnusedDoc, New: func() pipeline.Pass { return &RemoveUnused{} }},
	}
}
