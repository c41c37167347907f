//go:build !linux && !darwin

package osfile

import "io/fs"

func boot() string { return "" }

func changeTime(fs.FileInfo) int64 { return 0 }
