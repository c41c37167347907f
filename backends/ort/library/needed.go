package library

import (
	"debug/elf"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Provider is a library next to libonnxruntime through which it reaches a GPU.
type Provider struct {
	Name    string    // cuda or tensorrt
	Path    string    // of the library
	Missing []Missing // what it needs and the dynamic linker would not find
}

// Missing is a library that is needed and not found.
type Missing struct {
	Name    string // as it is asked for, such as libcudnn.so.9
	Package string // what brings it, in words; "" where that is not known
}

// providerFiles are the GPU providers of a library.
func providerFiles() map[string]string {
	return map[string]string{"cuda": "libonnxruntime_providers_cuda.so", "tensorrt": "libonnxruntime_providers_tensorrt.so"}
}

// Providers lists the GPU providers next to a library, with what each lacks to be loaded. Only Linux has
// such files.
func Providers(library string) []Provider {
	var found []Provider
	for _, name := range []string{"cuda", "tensorrt"} {
		path := filepath.Join(filepath.Dir(resolved(library)), providerFiles()[name])
		if _, err := os.Stat(path); err == nil {
			found = append(found, Provider{name, path, Linker{}.Missing(path, late(name)...)})
		}
	}
	return found
}

// late are libraries that a provider opens by itself once it is used.
func late(provider string) []string {
	if provider == "cuda" {
		return []string{"libcudnn.so.9"}
	}
	return nil
}

// resolved follows links: the linker looks next to the file itself.
func resolved(path string) string {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		return real
	}
	return path
}

// Linker finds shared libraries as the dynamic linker of Linux does. Its zero value is this machine's.
type Linker struct {
	Path     []string               // folders of LD_LIBRARY_PATH; nil for those of the environment
	Ldconfig func() (string, error) // prints the linker's cache; nil for ldconfig -p
	System   []string               // folders looked into last; nil for the usual ones
}

// Missing lists what the library at path needs, itself or through others, and the linker would not find,
// each once in the order in which it is asked for. More are names that it opens by itself.
func (l Linker) Missing(path string, more ...string) []Missing {
	w := &walk{folders: l.folders(), cache: l.cache(), seen: map[string]bool{}}
	w.visit(path, nil)
	for _, name := range more {
		w.need(name, nil)
	}
	return w.missing
}

func (l Linker) folders() []string {
	path, system := l.Path, l.System
	if path == nil {
		path = filepath.SplitList(os.Getenv("LD_LIBRARY_PATH"))
	}
	if system == nil {
		system = systemFolders()
	}
	return slices.Concat(path, system)
}

// systemFolders are where the libraries of a system lie.
func systemFolders() []string {
	return []string{"/lib64", "/usr/lib64", "/lib", "/usr/lib", "/lib/x86_64-linux-gnu", "/usr/lib/x86_64-linux-gnu", "/lib/aarch64-linux-gnu", "/usr/lib/aarch64-linux-gnu"}
}

// cache is what the linker's cache knows, by name.
func (l Linker) cache() map[string]string {
	ldconfig := l.Ldconfig
	if ldconfig == nil {
		ldconfig = runLdconfig
	}
	known := map[string]string{}
	listing, err := ldconfig()
	if err != nil {
		return known // then the folders have to do
	}
	for line := range strings.Lines(listing) {
		name, path, ok := strings.Cut(strings.TrimSpace(line), " => ")
		name, _, _ = strings.Cut(name, " ")
		if _, twice := known[name]; ok && !twice {
			known[name] = path
		}
	}
	return known
}

// walk follows the needs of a library.
type walk struct {
	folders []string
	cache   map[string]string
	seen    map[string]bool // by name
	missing []Missing
}

// visit follows what the file needs. Own are the folders that the libraries above it name.
func (w *walk) visit(path string, own []string) {
	f, err := elf.Open(path)
	if err != nil {
		return // not for this walk to judge
	}
	defer func() { _ = f.Close() }()
	names, err := f.ImportedLibraries()
	if err != nil {
		return
	}
	for _, tag := range []elf.DynTag{elf.DT_RUNPATH, elf.DT_RPATH} {
		lists, err := f.DynString(tag)
		if err != nil {
			continue
		}
		for _, list := range lists {
			for _, folder := range filepath.SplitList(list) {
				own = append(slices.Clip(own), strings.NewReplacer("$ORIGIN", filepath.Dir(path), "${ORIGIN}", filepath.Dir(path)).Replace(folder))
			}
		}
	}
	for _, name := range names {
		w.need(name, own)
	}
}

// need looks for a library, and follows what it needs in turn.
func (w *walk) need(name string, own []string) {
	if w.seen[name] {
		return
	}
	w.seen[name] = true
	if path := w.find(name, own); path != "" {
		w.visit(path, own)
		return
	}
	w.missing = append(w.missing, Missing{name, packageOf(name)})
}

func (w *walk) find(name string, own []string) string {
	for _, folder := range slices.Concat(own, w.folders) {
		path := filepath.Join(folder, name)
		if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() {
			return path
		}
	}
	if path := w.cache[name]; path != "" {
		if _, err := os.Stat(path); err == nil {
			return path
		}
	}
	return ""
}

// packageOf says what brings a library of NVIDIA's.
func packageOf(name string) string {
	base, version, _ := strings.Cut(name, ".so")
	version = strings.TrimPrefix(version, ".")
	cuda := "CUDA " + version
	switch base {
	case "libcuda", "libnvidia-ml":
		return driverPackage
	case "libcublas", "libcublasLt":
		return pythonPackage("nvidia-cublas", version) + " or " + cuda
	case "libcudart":
		return pythonPackage("nvidia-cuda-runtime", version) + " or " + cuda
	case "libnvrtc":
		return pythonPackage("nvidia-cuda-nvrtc", version) + " or " + cuda
	case "libcufft": // its numbers are one less than those of CUDA up to 12
		return "the CUDA toolkit (cuFFT " + version + ")"
	case "libcurand": // its numbers do not follow CUDA's
		return "the Python package nvidia-curand, nvidia-curand-cu12 for CUDA 12, or the CUDA toolkit"
	case "libcudnn":
		return "the Python package nvidia-cudnn-cu13, nvidia-cudnn-cu12 for CUDA 12, or cuDNN " + version
	case "libnvinfer", "libnvinfer_plugin", "libnvonnxparser":
		return "TensorRT " + version
	}
	return ""
}

// pythonPackage is the Python package that brings a library of a version of CUDA.
func pythonPackage(name, version string) string {
	if version == "12" || version == "11" {
		name += "-cu" + version
	}
	return "the Python package " + name
}

// Remedy says what to do about missing libraries. That of the driver comes with a GPU, and from nowhere else.
func Remedy(missing []Missing) string {
	driver := slices.ContainsFunc(missing, func(m Missing) bool { return m.Package == driverPackage })
	switch {
	case driver && len(missing) == 1:
		return "run on a machine with an NVIDIA GPU and its driver"
	case driver:
		return "on a machine with an NVIDIA GPU and its driver, install the others and add their folders to LD_LIBRARY_PATH"
	}
	return "install them and add their folders to LD_LIBRARY_PATH"
}

// driverPackage brings what no package does.
const driverPackage = "the NVIDIA driver"

// Lacks says in one line what is missing and what brings it.
func Lacks(missing []Missing) string {
	parts := make([]string, len(missing))
	for i, m := range missing {
		if parts[i] = m.Name; m.Package != "" {
			parts[i] += " (" + m.Package + ")"
		}
	}
	return strings.Join(parts, ", ")
}
