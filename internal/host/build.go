package host

import (
	"cmp"
	"runtime/debug"
)

// released is the version that a wheel or an archive was built as; the linker sets it. It is "" otherwise.
var released string //nolint:gochecknoglobals // The linker can set nothing else.

// Build is the version of this program and the revision of its source, as the Go tool recorded them.
func Build() (version, revision string) {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return cmp.Or(released, Unavailable), Unavailable
	}
	return cmp.Or(released, orUnavailable(info.Main.Version)), buildRevision(info.Settings)
}

func buildRevision(settings []debug.BuildSetting) string {
	revision, dirty := "", ""
	for _, s := range settings {
		switch {
		case s.Key == "vcs.revision":
			revision = s.Value
		case s.Key == "vcs.modified" && s.Value == "true":
			dirty = "+dirty"
		}
	}
	if revision == "" {
		return Unavailable
	}
	return revision + dirty
}
