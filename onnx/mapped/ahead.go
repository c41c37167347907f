package mapped

import (
	"io"
	"os"
)

// How far the system reads ahead of who reads a file, and how much more it is asked for at a time.
const (
	aheadBy   = 32 << 20
	aheadStep = 8 << 20
)

// readingAhead reads the first bytes of a file, and has the system read on from the disk while they are used.
func readingAhead(f *os.File, size int64) io.Reader {
	return &aheadReader{file: f, from: io.NewSectionReader(f, 0, size), size: size}
}

type aheadReader struct {
	file            *os.File
	from            io.Reader
	at, asked, size int64
}

func (a *aheadReader) Read(p []byte) (int, error) {
	for a.asked < min(a.at+aheadBy, a.size) {
		readAhead(a.file, a.asked, aheadStep)
		a.asked += aheadStep
	}
	n, err := a.from.Read(p)
	a.at += int64(n)
	return n, err
}
