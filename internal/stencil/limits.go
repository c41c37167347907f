package stencil

// Limits of what is read out of a file, so that a small one cannot ask for a huge kernel; images are smaller.
const (
	MaxTaps   = 1 << 16 // of a kernel that is not there as a tensor
	MaxExtent = 1 << 20 // of a pad, a crop, a stride or a dilation
)
