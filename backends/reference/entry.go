package reference

import (
	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/catalog"
)

// Entry is the backend as a component of a catalog.
func Entry() catalog.Entry[backends.Backend] {
	return catalog.Entry[backends.Backend]{
		Name:    "reference",
		Doc:     "plain Go in float64\n\nComputes every value in double precision, without any engine. It is slow and exact: use it to judge answers, not to measure time.",
		New:     func() backends.Backend { return New() },
		Aliases: []string{"ref", "float64"},
	}
}
