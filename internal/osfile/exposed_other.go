//go:build !unix

package osfile

import "io/fs"

func identityOf(fs.FileInfo) (identity, bool) { return identity{}, false }
