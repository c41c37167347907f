package tensorrt

import (
	"cmp"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// version is that of a TensorRT.
type version struct {
	major, minor, patch int
	build               string // such as b34; "" up to 8.6
}

// String writes 10.15.1.
func (v version) String() string { return fmt.Sprintf("%d.%d.%d", v.major, v.minor, v.patch) }

// atLeast reports whether v is not older.
func (v version) atLeast(major, minor int) bool {
	return cmp.Or(cmp.Compare(v.major, major), cmp.Compare(v.minor, minor)) >= 0
}

// running is the first line that every trtexec prints.
var running = regexp.MustCompile(`&&&& RUNNING TensorRT\.trtexec \[TensorRT v(\d+)\](?: \[(b\d+)\])?`)

// parseVersion reads the version from what trtexec prints. Up to 8 it is written as
// major·1000 + minor·100 + patch, later as major·10000 + minor·100 + patch.
func parseVersion(stdout string) (version, bool) {
	said := running.FindStringSubmatch(stdout)
	if said == nil {
		return version{}, false
	}
	n, err := strconv.Atoi(said[1])
	if err != nil {
		return version{}, false
	}
	scale := 10_000
	if n < 9_000 {
		scale = 1_000
	}
	return version{n / scale, n % scale / 100, n % 100, said[2]}, true
}

// option is the name of an option at the beginning of a line of the help, or after a comma there.
var option = regexp.MustCompile(`(?m)^ {1,4}(--[A-Za-z0-9]+)(?:[^\n,]*, (--[A-Za-z0-9]+))?`)

// parseHelp lists the options that a help names, without the dashes.
func parseHelp(help string) map[string]bool {
	names := map[string]bool{}
	for _, found := range option.FindAllStringSubmatch(help, -1) {
		for _, name := range found[1:] {
			if name != "" {
				names[strings.TrimPrefix(name, "--")] = true
			}
		}
	}
	return names
}
