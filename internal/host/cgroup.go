package host

import (
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// groups are the control groups that limit this process by one controller, such as cpu, cpuset or memory. The
// controllers of version 1 have a tree of groups each, those of version 2 share one. Both can be there at once.
type groups struct {
	version int      // 1 or 2; 0 where there are no groups
	folders []string // below the root, from the process's own group to the topmost that can be seen
	whole   bool     // the topmost is the root of the system's groups: no limit is out of sight
}

// controlGroups finds the groups of a controller. Inside a container the kernel may give the path of a group that
// is not visible there; those that are visible are then its parents.
func controlGroups(root, controller string) groups {
	group, version := groupPath(readText(root, "proc/self/cgroup"), controller)
	if version == 0 {
		return groups{}
	}
	mount, top := groupMount(readText(root, "proc/self/mountinfo"), controller, version)
	if below, ok := strings.CutPrefix(group, strings.TrimSuffix(top, "/")); ok {
		group = below
	}
	g := groups{version: version}
	for group = path.Clean("/" + group); ; group = path.Dir(group) { // slashes also in a program for Windows, which Wine shows these files
		if dir := filepath.Join(mount, group); exists(root, dir) {
			g.folders = append(g.folders, dir)
		}
		if group == "/" {
			break
		}
	}
	if len(g.folders) == 0 {
		return groups{}
	}
	last := g.folders[len(g.folders)-1]
	if g.whole = exists(root, filepath.Join(last, "release_agent")); version == 2 {
		g.whole = exists(root, filepath.Join(last, "cgroup.controllers")) && !exists(root, filepath.Join(last, "cgroup.type"))
	}
	return g
}

// groupPath is the path of the process's group, by the lines "number:controllers:path" of /proc/self/cgroup. The line of
// version 2 names no controllers.
func groupPath(lines, controller string) (group string, version int) {
	for line := range strings.Lines(lines) {
		parts := strings.SplitN(strings.TrimSuffix(line, "\n"), ":", 3)
		switch {
		case len(parts) < 3:
		case slices.Contains(strings.Split(parts[1], ","), controller):
			return parts[2], 1
		case parts[0] == "0" && parts[1] == "":
			group, version = parts[2], 2
		}
	}
	return group, version
}

// groupMount is the folder in which the groups are mounted, and the path of the group that is seen there, by
// /proc/self/mountinfo; the usual folder where that says nothing.
func groupMount(lines, controller string, version int) (folder, top string) {
	for line := range strings.Lines(lines) {
		about, system, _ := strings.Cut(line, " - ")
		at, of := strings.Fields(about), strings.Fields(system)
		if len(at) < 5 || len(of) < 3 {
			continue
		}
		if version == 2 && of[0] == "cgroup2" || version == 1 && of[0] == "cgroup" && slices.Contains(strings.Split(of[2], ","), controller) {
			return at[4], at[3]
		}
	}
	if folder = "sys/fs/cgroup"; version == 1 {
		folder = filepath.Join(folder, controller)
	}
	return folder, "/"
}

func exists(root, name string) bool {
	_, err := os.Stat(filepath.Join(root, name))
	return err == nil
}
