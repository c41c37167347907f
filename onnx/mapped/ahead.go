package mapped

import "context"

// What is read from the disk in one go when a file is opened, and in what pieces.
const (
	aheadOfDecoding = 256 << 20
	aheadAtOnce     = 2 << 20
)

// readAhead reads the first bytes of a mapped file from the disk, in their order. Decoding jumps from tensor to tensor, and would wait for
// the disk at each of them. No more than a piece is mapped at a time: the pages stay with the system.
func (c *content) readAhead(ctx context.Context) error {
	rest := c.bytes[:min(len(c.bytes), aheadOfDecoding)]
	for c.mapped && len(rest) > 0 {
		if err := ctx.Err(); err != nil {
			return err
		}
		n := min(len(rest), aheadAtOnce)
		populate(rest[:n])
		releaseFile(rest[:n])
		rest = rest[n:]
	}
	return nil
}
