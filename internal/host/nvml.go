//go:build cgo && linux

package host

// The driver's management library is loaded where it is installed. Its functions are declared here, so that a build
// needs none of its headers. They are stable: a function that changes gets a new name.

/*
#cgo LDFLAGS: -ldl
#include <dlfcn.h>
#include <stdlib.h>

typedef struct { unsigned long long total, free, used; } memory;

// What a driver lacks answers like what it does not implement.
#define CALL(types, ...) return f ? ((int (*) types)f)(__VA_ARGS__) : 13

static int call(void *f) { CALL((void)); }
static int count(void *f, unsigned *n) { CALL((unsigned *), n); }
static int handle(void *f, unsigned i, void **device) { CALL((unsigned, void **), i, device); }
static int version(void *f, char *to, unsigned size) { CALL((char *, unsigned), to, size); }
static int text(void *f, void *device, char *to, unsigned size) { CALL((void *, char *, unsigned), device, to, size); }
static int one(void *f, void *device, unsigned *v) { CALL((void *, unsigned *), device, v); }
static int two(void *f, void *device, unsigned *v, unsigned *w) { CALL((void *, unsigned *, unsigned *), device, v, w); }
static int kind(void *f, void *device, int kind, unsigned *v) { CALL((void *, int, unsigned *), device, kind, v); }
static int bits(void *f, void *device, unsigned long long *v) { CALL((void *, unsigned long long *), device, v); }
static int used(void *f, void *device, memory *m) { CALL((void *, memory *), device, m); }
static int list(void *f, void *device, unsigned *n) { CALL((void *, unsigned *, void *), device, n, NULL); }
static const char *say(void *f, int status) { return f ? ((const char *(*)(int))f)(status) : NULL; }
*/
import "C"

import (
	"fmt"
	"unsafe"
)

// What the library's functions return.
const (
	nvmlSuccess          = 0
	nvmlInsufficientSize = 7
)

// nvml is the driver's management library, loaded and ready.
type nvml struct{ library unsafe.Pointer }

// openNVML loads the library from a path, or from where the loader finds it.
func openNVML(path string) (*nvml, error) {
	file := C.CString(path)
	defer C.free(unsafe.Pointer(file))
	l := &nvml{C.dlopen(file, C.RTLD_LAZY)}
	if l.library == nil {
		return nil, fmt.Errorf("%s cannot be loaded", path)
	}
	if status := C.call(l.function("nvmlInit_v2")); status != nvmlSuccess {
		err := l.fault(status)
		C.dlclose(l.library)
		return nil, err
	}
	return l, nil
}

func (l *nvml) close() {
	C.call(l.function("nvmlShutdown"))
	C.dlclose(l.library)
}

// function is the first of these functions that the driver has; nil for none.
func (l *nvml) function(names ...string) unsafe.Pointer {
	for _, name := range names {
		symbol := C.CString(name)
		f := C.dlsym(l.library, symbol)
		C.free(unsafe.Pointer(symbol))
		if f != nil {
			return f
		}
	}
	return nil
}

// fault says what a status means.
func (l *nvml) fault(status C.int) error {
	if words := C.say(l.function("nvmlErrorString"), status); words != nil {
		return fmt.Errorf("%s", C.GoString(words))
	}
	return fmt.Errorf("status %d", int(status))
}

func (l *nvml) devices() (int, error) {
	var n C.uint
	if status := C.count(l.function("nvmlDeviceGetCount_v2"), &n); status != nvmlSuccess {
		return 0, l.fault(status)
	}
	return int(n), nil
}

func (l *nvml) driver() string {
	var to [nvmlText]C.char
	return nvmlWords(C.version(l.function("nvmlSystemGetDriverVersion"), &to[0], nvmlText), &to)
}

// device is one GPU.
type device struct {
	*nvml
	handle unsafe.Pointer
}

func (l *nvml) device(i int) (device, error) {
	d := device{nvml: l}
	if status := C.handle(l.function("nvmlDeviceGetHandleByIndex_v2"), C.uint(i), &d.handle); status != nvmlSuccess {
		return d, l.fault(status)
	}
	return d, nil
}

// nvmlText is how long a text of the library is at most, with its end.
const nvmlText = 128

// nvmlWords is a text, where there is one.
func nvmlWords(status C.int, text *[nvmlText]C.char) string {
	if status != nvmlSuccess {
		return Unavailable
	}
	return C.GoString(&text[0])
}

func (d device) text(function string) string {
	var to [nvmlText]C.char
	return nvmlWords(C.text(d.function(function), d.handle, &to[0], nvmlText), &to)
}

func (d device) number(function string) (n uint, ok bool) {
	var v C.uint
	status := C.one(d.function(function), d.handle, &v)
	return uint(v), status == nvmlSuccess
}

func (d device) numbers(function string) (n, m uint, ok bool) {
	var v, w C.uint
	status := C.two(d.function(function), d.handle, &v, &w)
	return uint(v), uint(w), status == nvmlSuccess
}

// number of a kind, such as the clock of the memory.
func (d device) numberOf(function string, kind int) (n uint, ok bool) {
	var v C.uint
	status := C.kind(d.function(function), d.handle, C.int(kind), &v)
	return uint(v), status == nvmlSuccess
}

func (d device) bits(functions ...string) (bits uint, ok bool) {
	var v C.ulonglong
	status := C.bits(d.function(functions...), d.handle, &v)
	return uint(v), status == nvmlSuccess
}

func (d device) memory() (total, used uint64, ok bool) {
	var m C.memory
	status := C.used(d.function("nvmlDeviceGetMemoryInfo"), d.handle, &m)
	return uint64(m.total), uint64(m.used), status == nvmlSuccess
}

// processes counts what computes on the GPU. Asked for a list without room, the library says how long it is.
func (d device) processes() (n uint, ok bool) {
	const name = "nvmlDeviceGetComputeRunningProcesses"
	var v C.uint
	status := C.list(d.function(name+"_v3", name+"_v2", name), d.handle, &v)
	return uint(v), status == nvmlSuccess || status == nvmlInsufficientSize
}
