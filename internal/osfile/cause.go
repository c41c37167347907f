package osfile

import (
	"errors"
	"io/fs"
	"os"
)

// Cause is an error of the operating system without the operation and the path, for messages that name
// them better. Any other error is returned as it is.
//
//	open /models/a.onnx: permission denied  →  permission denied
func Cause(err error) error {
	if at, ok := errors.AsType[*fs.PathError](err); ok {
		return at.Err
	}
	if link, ok := errors.AsType[*os.LinkError](err); ok {
		return link.Err
	}
	return err
}
