package host

import (
	"context"
	"os"
	"path/filepath"
	"strings"

	"github.com/shirou/gopsutil/v4/host"
	"github.com/shirou/gopsutil/v4/mem"
)

// Memory describes the main memory, in bytes.
type Memory struct {
	Total     *int64 `json:"total"`                  // all memory
	Free      *int64 `json:"free"`                   // what a new program could get
	SwapUsed  *int64 `json:"swap_used"`              // swap space in use
	HugePages string `json:"transparent_huge_pages"` // setting of transparent huge pages
}

func readMemory(ctx context.Context, root string) Memory {
	m := Memory{HugePages: chosen(readText(root, "sys/kernel/mm/transparent_hugepage/enabled"))}
	if v, err := mem.VirtualMemoryWithContext(ctx); err == nil {
		m.Total, m.Free = bytes(v.Total), bytes(v.Available)
	}
	if s, err := mem.SwapMemoryWithContext(ctx); err == nil {
		m.SwapUsed = bytes(s.Used)
	}
	return m
}

func bytes(n uint64) *int64 {
	v := int64(n)
	return &v
}

// System describes the operating system and what it runs in.
type System struct {
	OS                 string `json:"os"`                  // operating system
	Distribution       string `json:"distribution"`        // its distribution
	Kernel             string `json:"kernel"`              // version of the kernel
	Arch               string `json:"arch"`                // architecture
	Virtualization     string `json:"virtualization"`      // virtual machine around it
	VirtualizationRole string `json:"virtualization_role"` // host or guest
	Container          string `json:"container"`           // what kind, "none"
	Clocksource        string `json:"clocksource"`         // clock source of the kernel
	ASLR               string `json:"aslr"`                // "2" full, "0" off
	NUMANodes          string `json:"numa_nodes"`          // NUMA nodes that are on
}

func readSystem(ctx context.Context, root string) System {
	s := System{
		OS: Unavailable, Distribution: Unavailable, Kernel: Unavailable, Arch: Unavailable,
		Virtualization: Unavailable, VirtualizationRole: Unavailable,
		Container:   readContainer(root),
		Clocksource: readText(root, "sys/devices/system/clocksource/clocksource0/current_clocksource"),
		ASLR:        readText(root, "proc/sys/kernel/randomize_va_space"),
		NUMANodes:   readText(root, "sys/devices/system/node/online"),
	}
	if info, err := host.InfoWithContext(ctx); err == nil {
		s.OS = orUnavailable(info.OS)
		s.Distribution = orUnavailable(strings.TrimSpace(info.Platform + " " + info.PlatformVersion))
		s.Kernel = orUnavailable(info.KernelVersion)
		s.Arch = orUnavailable(info.KernelArch)
		s.Virtualization = orUnavailable(info.VirtualizationSystem)
		s.VirtualizationRole = orUnavailable(info.VirtualizationRole)
	}
	return s
}

// readContainer recognises the marks that container engines leave.
func readContainer(root string) string {
	for mark, name := range map[string]string{".dockerenv": "docker", "run/.containerenv": "podman"} {
		if _, err := os.Stat(filepath.Join(root, mark)); err == nil {
			return name
		}
	}
	groups := readText(root, "proc/1/cgroup")
	if groups == Unavailable {
		return Unavailable
	}
	for _, name := range []string{"kubepods", "docker", "containerd", "lxc"} {
		if strings.Contains(groups, name) {
			return name
		}
	}
	return "none"
}
