//go:build !linux

package mapped

import "os"

func writeBack(*os.File, int64, int64) {}

func readAhead(*os.File, int64, int64) {}
