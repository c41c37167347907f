package passes

import "github.com/acdeploy/acdeploy/passes/internal/refusal"

// The reasons for a refusal: words that other programs may rely on.
const (
	// Border: a merged kernel would be right inside the image and wrong at its border.
	Border = refusal.Border
	// Costlier: the merged kernel would cost more multiply-adds than what it replaces.
	Costlier = refusal.Costlier
	// ElementType: a parameter is not of a floating-point type, or branches have different types.
	ElementType = refusal.ElementType
	// GraphInput: a parameter is an input of the graph, or an initializer that callers may replace.
	GraphInput = refusal.GraphInput
	// Misaligned: the branches differ in stride, size or channels, or the merged kernel has no element for a weight.
	Misaligned = refusal.Misaligned
	// NoConvolution: a batch normalisation does not reach a convolution or constant matrix to fold into.
	NoConvolution = refusal.NoConvolution
	// NonFinite: a value that the rewrite would read is NaN, infinite or a variance below zero.
	NonFinite = refusal.NonFinite
	// NotAffine: what is between a convolution and a sum is not a scale and shift per channel.
	NotAffine = refusal.NotAffine
	// NotChannel: a constant or a batch normalisation does not hold one number per channel of what it would fold into.
	NotChannel = refusal.NotChannel
	// NotConstant: a parameter is computed at run time, or missing.
	NotConstant = refusal.NotConstant
	// NotInlined: the call of a function that holds something to fold cannot be replaced by its body.
	NotInlined = refusal.NotInlined
	// Overflow: a fused parameter is too large for the element type.
	Overflow = refusal.Overflow
	// PaddingMode: a pad is not a constant zero pad of the image, or depends on the size of the image.
	PaddingMode = refusal.PaddingMode
	// Quantized: a value, a parameter or a branch is quantized, and a rewrite would change what is rounded.
	Quantized = refusal.Quantized
	// SharedOutput: another node reads a value in between, or it is an output of the graph.
	SharedOutput = refusal.SharedOutput
	// TrainingMode: a batch normalisation or dropout is in training mode.
	TrainingMode = refusal.TrainingMode
	// Unsupported: an old or unusual form of an operator that is left as it is.
	Unsupported = refusal.Unsupported
)
