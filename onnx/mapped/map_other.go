//go:build !unix

package mapped

import (
	"errors"
	"os"
)

const nonBlocking = 0

func mapFile(*os.File, int) ([]byte, error) { return nil, errors.ErrUnsupported }

func unmapFile([]byte) error { return nil }

func releaseFile([]byte) {}
