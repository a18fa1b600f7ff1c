// Controls that tests have over the stand-ins. The product never calls these. README.md says what each changes.
#pragma once

#ifdef __cplusplus
extern "C" {
#endif

// Live objects of a kind (README.md lists them); NULL: all objects together.
long long fake_cuda_live(const char* kind);
// A line for each kind with live objects; returns the length of the whole text, of which `size` bytes with the NUL are written.
int fake_cuda_live_report(char* text, int size);
long long fake_cuda_peak_bytes(void);
long long fake_cuda_calls(const char* function);
void fake_cuda_set_memory(long long total_bytes);
void fake_cuda_set_compute_capability(int major, int minor);
void fake_cuda_set_device_count(int count);
// The entry point (or a kernel, as "kernel:NAME") fails with `status` after `after` good calls, `times` times; -1: for ever.
void fake_cuda_refuse(const char* function, int status, int after, int times);
void fake_cuda_allow_all(void);
// Why the last failed call failed, whichever thread made it; returns the length.
int fake_cuda_last_error(char* text, int size);
// Misuses found outside of a call's status: overruns, use after free in a kernel, divergent barriers, leaks.
long long fake_cuda_faults(void);
// Ends a sticky error, which otherwise lasts as long as the process.
void fake_cuda_reset(void);
void fake_cuda_set_synchronous(int on);
void fake_cudnn_refuse(const char* rule, int on);
void fake_cublaslt_refuse(const char* rule, int on);

#ifdef __cplusplus
}
#endif
