// Package passes holds the passes that come with acdeploy, one file each.
//
// A fold or a merge takes the nodes that it replaces out with the constants that they alone read. What else is unused is left to
// remove_unused.
//
// Every rewrite is exact in real arithmetic or does not happen. What a pass looked at and left alone
// is a refusal with one of these stable words:
//
//	border          a merged kernel would be right inside the image and wrong at its border
//	costlier        the merged kernel would cost more multiply-adds than what it replaces
//	element_type    a parameter is not of a floating-point type, or branches have different types
//	graph_input     a parameter is an input of the graph, or an initializer that callers may replace
//	misaligned      the branches differ in stride, size or channels, or the merged kernel has no element for a weight
//	no_convolution  a batch normalisation does not reach a convolution or constant matrix to fold into
//	non_finite      a value that the rewrite would read is NaN, infinite or a variance below zero
//	not_affine      what is between a convolution and a sum is not a scale and shift per channel
//	not_channel     a constant or a batch normalisation does not hold one number per channel of what it would fold into
//	not_constant    a parameter is computed at run time, or missing
//	not_inlined     the call of a function that holds something to fold cannot be replaced by its body
//	overflow        a fused parameter is too large for the element type
//	padding_mode    a pad is not a constant zero pad of the image, or depends on the size of the image
//	quantized       a value, a parameter or a branch is quantized, and a rewrite would change what is rounded
//	shared_output   another node reads a value in between, or it is an output of the graph
//	training_mode   a batch normalisation or dropout is in training mode
//	unsupported     an old or unusual form of an operator that is left as it is
package passes
