// A management library with two GPUs, the second of which cannot be opened. The first does not know its persistence mode, and has
// the older name of the reasons of its clocks alone.
#include <string.h>

typedef void *device;
typedef struct { unsigned long long total, free, used; } memory;

static int open;

const char *nvmlErrorString(int status) { return status == 4 ? "Insufficient Permissions" : "Unknown Error"; }
int nvmlInit_v2(void) { open++; return 0; }
int nvmlShutdown(void) { open--; return 0; }
int nvmlDeviceGetCount_v2(unsigned *n) { *n = 2; return 0; }
int nvmlDeviceGetHandleByIndex_v2(unsigned i, device *d) { *d = &open; return i == 0 ? 0 : 4; }
int nvmlSystemGetDriverVersion(char *to, unsigned size) { strncpy(to, "580.1", size); return 0; }

static int known(device d) { return d == &open && open == 1 ? 0 : 2; }
int nvmlDeviceGetName(device d, char *to, unsigned size) { strncpy(to, "a GPU", size); return known(d); }
int nvmlDeviceGetUUID(device d, char *to, unsigned size) { strncpy(to, "GPU-1", size); return known(d); }
int nvmlDeviceGetCudaComputeCapability(device d, int *major, int *minor) { *major = 9; *minor = 1; return known(d); }
int nvmlDeviceGetMigMode(device d, unsigned *now, unsigned *later) { *now = 0; *later = 1; return known(d); }
int nvmlDeviceGetMemoryInfo(device d, memory *m) { m->total = 100; m->free = 70; m->used = 30; return known(d); }
int nvmlDeviceGetClockInfo(device d, int kind, unsigned *v) { *v = 1000 + kind; return known(d); }
int nvmlDeviceGetMaxClockInfo(device d, int kind, unsigned *v) { *v = 2000 + kind; return known(d); }
int nvmlDeviceGetTemperature(device d, int kind, unsigned *v) { *v = 40 + kind; return known(d); }
int nvmlDeviceGetPowerUsage(device d, unsigned *v) { *v = 70000; return known(d); }
int nvmlDeviceGetPowerManagementLimit(device d, unsigned *v) { *v = 700000; return known(d); }
int nvmlDeviceGetPerformanceState(device d, unsigned *v) { *v = 2; return known(d); }
int nvmlDeviceGetCurrentClocksThrottleReasons(device d, unsigned long long *v) { *v = 1ull << 40 | 4; return known(d); }
int nvmlDeviceGetComputeRunningProcesses_v3(device d, unsigned *n, void *list) { *n = 3; return list || known(d) ? 2 : 7; }
