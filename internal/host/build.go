package host

import "runtime/debug"

// Build is the version of this program and the revision of its source, as the Go tool recorded them.
func Build() (version, revision string) {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return Unavailable, Unavailable
	}
	return orUnavailable(info.Main.Version), buildRevision(info.Settings)
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
