//go:build cgo

package host

const cgoEnabled = true
