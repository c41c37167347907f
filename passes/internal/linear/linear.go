// Package linear reads a value as a linear expression over another value: which convolution of the one is the
// other?
//
// A [Reader] visits the nodes that compute a value, from the last one back. Each node adds one operation of the
// algebra of stencils, and every value on the way is one that the expression can be over:
//
//	x ──Conv 1×1──▶ a ──BatchNormalization──▶ b ──Conv 3×3──▶ v
//
//	v over b    the second stencil
//	v over a    the second stencil ∘ scale and shift
//	v over x    the second stencil ∘ scale and shift ∘ the first stencil
//
//	value ──Read──▶ Expression ──Evaluate──▶ Form (a stencil and what it costs now) ──Lower──▶ one Conv
//
// Constants, normalisations, linear pools, crops, zero pads, borders that are written in place, sums, and what only
// moves numbers or joins channels are visited; anything else ends the way. A [View] says which axis of an image each
// axis of a value is, so that a convolution between two Transposes is one of the image that it reads. An expression is evaluated late, when the channels and the sizes of its
// input are known from the others that are over the same input.
package linear
