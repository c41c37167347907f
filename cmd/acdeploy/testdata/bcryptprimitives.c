// The one function of a library of Windows that Go needs, for a Wine that does not have the library.
__declspec(dllimport) unsigned char __stdcall SystemFunction036(void *to, unsigned long size);
__declspec(dllexport) int __stdcall ProcessPrng(unsigned char *to, unsigned long long size) { return SystemFunction036(to, (unsigned long)size); }
