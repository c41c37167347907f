package mapped

// aheadOfDecoding is how much of a file is read from the disk in one go when it is opened.
const aheadOfDecoding = 256 << 20

// readAhead reads the first bytes of a mapped file from the disk, in their order. Decoding jumps from tensor to tensor, and would wait for
// the disk at each of them. No more than a piece is mapped at a time: the pages stay with the system.
func (c *content) readAhead() {
	rest := c.bytes[:min(len(c.bytes), aheadOfDecoding)]
	for c.mapped && len(rest) > 0 {
		n := min(len(rest), releaseSize)
		populate(rest[:n])
		releaseFile(rest[:n])
		rest = rest[n:]
	}
}
