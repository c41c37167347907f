// Package branches finds what merges in a sum of branches.
//
//	Add(Add(Conv(x), BatchNormalization(x)), Relu(y))
//
//	tree     the nested sums are one list of addends: Conv, BatchNormalization, Relu
//	group    the addends that are linear expressions over one value: Conv and BatchNormalization, over x
//	class    the members of a group with the same strides, sizes and channels: only these add up to a stencil
//	part     the members of a class that are cheaper as one convolution than apart
//	merge    a part with its planned Conv or Gemm
//
// An addend that fits nowhere stays in the sum, with a diagnosis: the node that keeps it from being a branch.
package branches
