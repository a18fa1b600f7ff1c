// Entry points that nothing of the product calls, but that FFmpeg's loader wants to find before it uses any: those it never calls are refused.
#include "capture.h"
#include "context.h"

using namespace fake;

// The signature does not matter to a caller that is refused: arguments are the caller's to clear.
#define REFUSED(NAME) \
    FAKE_EXPORT CUresult NAME(void) \
    { \
        FAKE_ENTER(NeedsInit); \
        return fail(CUDA_ERROR_NOT_SUPPORTED, #NAME ": the stand-in has none"); \
    }

REFUSED(cuCtxCreate_v2)
REFUSED(cuCtxSetLimit)
REFUSED(cuCtxDestroy_v2)
REFUSED(cuMemAllocPitch_v2)
REFUSED(cuMemAllocManaged)
REFUSED(cuMemcpy)
REFUSED(cuMemcpyAsync)
REFUSED(cuMemcpy2D_v2)
REFUSED(cuDevicePrimaryCtxRelease)
REFUSED(cuDevicePrimaryCtxSetFlags)
REFUSED(cuDevicePrimaryCtxReset)
REFUSED(cuStreamAddCallback)
REFUSED(cuLinkCreate)
REFUSED(cuLinkAddData)
REFUSED(cuLinkComplete)
REFUSED(cuLinkDestroy)
REFUSED(cuModuleGetGlobal)
REFUSED(cuTexObjectCreate)
REFUSED(cuTexObjectDestroy)
REFUSED(cuGLGetDevices_v2)
REFUSED(cuGraphicsGLRegisterImage)
REFUSED(cuGraphicsUnregisterResource)
REFUSED(cuGraphicsMapResources)
REFUSED(cuGraphicsUnmapResources)
REFUSED(cuGraphicsSubResourceGetMappedArray)
REFUSED(cuGraphicsResourceGetMappedPointer_v2)
REFUSED(cuArray3DCreate_v2)
REFUSED(cuArrayCreate_v2)
REFUSED(cuDeviceGetByPCIBusId)
REFUSED(cuDeviceGetPCIBusId)
REFUSED(cuDeviceGetLuid)
REFUSED(cuArrayDestroy)

FAKE_EXPORT CUresult cuDeviceComputeCapability(int* major, int* minor, CUdevice device)
{
    FAKE_ENTER(NeedsInit);
    if (device < 0 || device >= settings().devices)
        return fail(CUDA_ERROR_INVALID_DEVICE, "cuDeviceComputeCapability: there is no device %d", device);
    *major = settings().major;
    *minor = settings().minor;
    return CUDA_SUCCESS;
}
