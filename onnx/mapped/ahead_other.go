//go:build !linux

package mapped

func populate([]byte) {}
