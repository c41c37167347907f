// Package algebra says what one node with constant parameters computes, in the terms of convolution.
//
//	Conv, pools, Slice, Pad       a stencil, or a part of one
//	Gemm, MatMul                  a matrix
//	BatchNormalization            a scale, a center and a shift per channel
//	Mul, Add, Sub, Div, Neg       the same, of a constant that is one number per channel
//
// An [Axis] says where the channels are in a value, so that a constant can be read as one number for each.
// What several nodes compute together is read in package linear.
package algebra
