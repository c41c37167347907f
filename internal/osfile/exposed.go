package osfile

import (
	"fmt"
	"os"
)

// Exposed is a file or folder that anybody may change, or that belongs to somebody else than this user and root.
type Exposed struct {
	Path   string
	Reason string // the end of a sentence about it
	Remedy string
}

// Error says what is exposed, and why.
func (e *Exposed) Error() string { return e.Path + " " + e.Reason }

// CheckExposed returns an [*Exposed] for the first of the files and folders that anybody may change, or that belongs to
// somebody else than this user and root. A group is trusted: in many places each user has one of his own. Systems without
// owners and such permissions expose nothing.
func CheckExposed(paths ...string) error {
	for _, path := range paths {
		info, err := os.Stat(path)
		if err != nil {
			return err
		}
		about, known := identityOf(info)
		if !known {
			continue
		}
		if info.Mode().Perm()&0o002 != 0 {
			return &Exposed{path, "can be written by anybody", "run: chmod o-w " + path}
		}
		if err := foreign(path, about.owner, os.Geteuid()); err != nil {
			return err
		}
	}
	return nil
}

// foreign is the error for what belongs neither to the user nor to root.
func foreign(path string, owner, user int) error {
	if owner == 0 || owner == user {
		return nil
	}
	return &Exposed{path, fmt.Sprintf("belongs to another user (%d, this is %d)", owner, user), fmt.Sprintf("run: chown -R %d %s", user, path)}
}

// identity is what the system knows of a file beside its size and mode.
type identity struct {
	owner int
	inode uint64
}
