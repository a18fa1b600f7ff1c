// Modules from PTX text, and launches. A module's kernels are the ones compiled into this library; the PTX must agree with them.
#include "kernels.h"
#include "memory.h"
#include "stream.h"

#include <cstring>
#include <unordered_set>

namespace
{

using namespace fake;

struct Module;

struct Function
{
    Module* module = nullptr;
    const Kernel* kernel = nullptr;
    PtxEntry entry;
    int dynamic_shared = 0;
};

struct Module
{
    Context* context = nullptr;
    Ptx ptx;
    std::vector<std::unique_ptr<Function>> functions;
};

std::unordered_set<Module*>& modules()
{
    static auto* all = new std::unordered_set<Module*>;
    return *all;
}

std::unordered_set<Function*>& functions()
{
    static auto* all = new std::unordered_set<Function*>;
    return *all;
}

// The JIT's options: where its logs go. Sizes come in by value in the option's slot, and the bytes written go out there.
struct JitLogs
{
    char *info = nullptr, *error = nullptr;
    void **info_size = nullptr, **error_size = nullptr;

    CUresult read(unsigned count, const CUjit_option* options, void** values)
    {
        if (count > 0 && (options == nullptr || values == nullptr))
            return fail(CUDA_ERROR_INVALID_VALUE, "cuModuleLoadDataEx: %u options, but no array", count);
        for (unsigned i = 0; i < count; i++)
            switch (options[i])
            {
                case CU_JIT_INFO_LOG_BUFFER: info = static_cast<char*>(values[i]); break;
                case CU_JIT_INFO_LOG_BUFFER_SIZE_BYTES: info_size = &values[i]; break;
                case CU_JIT_ERROR_LOG_BUFFER: error = static_cast<char*>(values[i]); break;
                case CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES: error_size = &values[i]; break;
                default:
                    if (options[i] < 0 || options[i] > 33)
                        return fail(CUDA_ERROR_INVALID_VALUE, "cuModuleLoadDataEx: there is no option %d", options[i]);
            }
        if ((info != nullptr && info_size == nullptr) || (error != nullptr && error_size == nullptr))
            return fail(CUDA_ERROR_INVALID_VALUE, "cuModuleLoadDataEx: a log buffer without its size");
        return CUDA_SUCCESS;
    }

    static void write(const std::string& text, char* buffer, void** size)
    {
        if (size == nullptr)
            return;
        size_t room = static_cast<unsigned>(reinterpret_cast<uintptr_t>(*size));
        size_t written = buffer == nullptr || room == 0 || text.empty() ? 0 : std::min(text.size() + 1, room);
        if (written > 0)
        {
            std::memcpy(buffer, text.data(), written - 1);
            buffer[written - 1] = 0;
        }
        *size = reinterpret_cast<void*>(written);
    }
};

CUresult load(const std::string& text, Ptx* ptx, std::string* log)
{
    if (!parse_ptx(text, ptx, log))
        return CUDA_ERROR_INVALID_PTX;
    if (ptx->version > 90)
    {
        *log = "ptxas fatal   : Unsupported .version; current version is '9.0'";
        return CUDA_ERROR_UNSUPPORTED_PTX_VERSION;
    }
    if (ptx->target > settings().major * 10 + settings().minor)
    {
        *log = "ptxas fatal   : SM version specified by .target is higher than default SM version assumed";
        return CUDA_ERROR_INVALID_PTX;
    }
    for (const PtxEntry& entry : ptx->entries)
    {
        const Kernel* kernel = find_kernel(entry.name);
        if (kernel == nullptr)
            *log = "the stand-in was built without kernel '" + entry.name + "': run cmake --build again";
        else if (entry.parameters != 1 || entry.args_size != kernel->args_size)
            *log = "kernel '" + entry.name + "' takes " + std::to_string(entry.parameters) + " parameters of " + std::to_string(entry.args_size)
                + " bytes in this PTX, but its source takes one of " + std::to_string(kernel->args_size);
        else if (entry.max_threads != kernel->max_threads)
            *log = "kernel '" + entry.name + "' has .maxntid " + std::to_string(entry.max_threads) + " in this PTX, but " + std::to_string(kernel->max_threads)
                + " in its source";
        if (!log->empty())
            return CUDA_ERROR_INVALID_PTX;
    }
    return CUDA_SUCCESS;
}

CUresult find_function(const char* what, CUfunction handle, Function** function)
{
    Lock hold(big_lock());
    *function = reinterpret_cast<Function*>(handle);
    if (functions().count(*function) == 0)
        return fail(CUDA_ERROR_INVALID_HANDLE, "%s: not a function of a live module", what);
    if ((*function)->module->context != current_context())
        return fail(CUDA_ERROR_INVALID_HANDLE, "%s: the function belongs to another context", what);
    return CUDA_SUCCESS;
}

// The one argument struct, from `extra` or from kernelParams.
CUresult read_arguments(const Function& f, void** params, void** extra, std::vector<unsigned char>* args)
{
    const char* name = f.kernel->name;
    if ((params == nullptr) == (extra == nullptr))
        return fail(CUDA_ERROR_INVALID_VALUE, "cuLaunchKernel(%s): arguments come either by kernelParams or by extra", name);
    args->resize(f.kernel->args_size);
    if (params != nullptr)
    {
        std::memcpy(args->data(), params[0], args->size());
        return CUDA_SUCCESS;
    }
    const void* buffer = nullptr;
    const size_t* size = nullptr;
    for (int i = 0; extra[i] != nullptr; i += 2)
    {
        if (extra[i] == reinterpret_cast<void*>(1))
            buffer = extra[i + 1];
        else if (extra[i] == reinterpret_cast<void*>(2))
            size = static_cast<const size_t*>(extra[i + 1]);
        else
            return fail(CUDA_ERROR_INVALID_VALUE, "cuLaunchKernel(%s): extra has an unknown entry", name);
    }
    if (buffer == nullptr || size == nullptr || *size != f.kernel->args_size)
        return fail(CUDA_ERROR_INVALID_VALUE, "cuLaunchKernel(%s): the parameter buffer has %zu bytes, the kernel takes %llu", name, size == nullptr ? 0 : *size,
            (unsigned long long)f.kernel->args_size);
    std::memcpy(args->data(), buffer, args->size());
    return CUDA_SUCCESS;
}

CUresult check_launch(const Function& f, Extent grid, Extent block, unsigned shared)
{
    const char* name = f.kernel->name;
    unsigned long long threads = 1ULL * block.x * block.y * block.z;
    if (threads == 0 || grid.x == 0 || grid.y == 0 || grid.z == 0)
        return fail(CUDA_ERROR_INVALID_VALUE, "cuLaunchKernel(%s): a grid of %ux%ux%u blocks of %ux%ux%u threads has a zero", name, grid.x, grid.y, grid.z, block.x, block.y, block.z);
    if (grid.x > 2147483647u || grid.y > 65535u || grid.z > 65535u)
        return fail(CUDA_ERROR_INVALID_VALUE, "cuLaunchKernel(%s): a grid of %ux%ux%u passes 2147483647x65535x65535", name, grid.x, grid.y, grid.z);
    if (block.x > 1024 || block.y > 1024 || block.z > 64 || threads > 1024)
        return fail(CUDA_ERROR_INVALID_VALUE, "cuLaunchKernel(%s): a block of %ux%ux%u passes 1024x1024x64 or 1024 threads", name, block.x, block.y, block.z);
    if (f.entry.max_threads != 0 && threads > f.entry.max_threads)
        return fail(CUDA_ERROR_INVALID_VALUE, "cuLaunchKernel(%s): %llu threads a block, its launch bound is %u", name, threads, f.entry.max_threads);
    unsigned long long most = f.dynamic_shared > 49152 ? 101376 : 49152;
    if (shared + f.entry.shared_bytes > most)
        return fail(CUDA_ERROR_INVALID_VALUE, "cuLaunchKernel(%s): %llu bytes of shared memory, %llu are allowed", name, shared + f.entry.shared_bytes, most);
    return CUDA_SUCCESS;
}

} // namespace

FAKE_EXPORT CUresult cuModuleLoadDataEx(CUmodule* module, const void* image, unsigned count, CUjit_option* options, void** values)
{
    FAKE_ENTER(NeedsInit | NeedsContext | UnsafeInCapture);
    if (module == nullptr || image == nullptr)
        return fail(CUDA_ERROR_INVALID_VALUE, "cuModuleLoadDataEx: null");
    JitLogs logs;
    if (CUresult bad = logs.read(count, options, values); bad != CUDA_SUCCESS)
        return bad;
    const char* text = static_cast<const char*>(image);
    if (std::strncmp(text, "\177ELF", 4) == 0 || *text == 0)
        return fail(CUDA_ERROR_INVALID_IMAGE, "cuModuleLoadDataEx: the stand-in takes PTX text");
    auto made = std::make_unique<Module>();
    std::string log;
    CUresult result = load(text, &made->ptx, &log);
    JitLogs::write(log, logs.error, logs.error_size);
    JitLogs::write(result == CUDA_SUCCESS ? "ptxas info    : checked by the stand-in" : "", logs.info, logs.info_size);
    if (result != CUDA_SUCCESS)
        return fail(result, "cuModuleLoadDataEx: %s", log.c_str());
    Lock hold(big_lock());
    made->context = current_context();
    modules().insert(made.get());
    fake::count(Kind::Modules, 1);
    *module = reinterpret_cast<CUmodule>(made.release());
    return CUDA_SUCCESS;
}

FAKE_EXPORT CUresult cuModuleLoadData(CUmodule* module, const void* image) { return cuModuleLoadDataEx(module, image, 0, nullptr, nullptr); }

FAKE_EXPORT CUresult cuModuleUnload(CUmodule handle)
{
    FAKE_ENTER(NeedsInit | NeedsContext | UnsafeInCapture);
    Module* module = reinterpret_cast<Module*>(handle);
    {
        Lock hold(big_lock());
        if (modules().erase(module) == 0)
            return fail(CUDA_ERROR_INVALID_HANDLE, "cuModuleUnload: not a live module");
        for (const auto& function : module->functions)
            functions().erase(function.get());
    }
    drain(module->context);
    delete module;
    fake::count(Kind::Modules, -1);
    return CUDA_SUCCESS;
}

FAKE_EXPORT CUresult cuModuleGetFunction(CUfunction* function, CUmodule handle, const char* name)
{
    FAKE_ENTER(NeedsInit | NeedsContext);
    Lock hold(big_lock());
    Module* module = reinterpret_cast<Module*>(handle);
    if (modules().count(module) == 0)
        return fail(CUDA_ERROR_INVALID_HANDLE, "cuModuleGetFunction: not a live module");
    if (function == nullptr || name == nullptr)
        return fail(CUDA_ERROR_INVALID_VALUE, "cuModuleGetFunction: null");
    for (const auto& known : module->functions)
        if (known->entry.name == name)
        {
            *function = reinterpret_cast<CUfunction>(known.get());
            return CUDA_SUCCESS;
        }
    for (const PtxEntry& entry : module->ptx.entries)
        if (entry.name == name)
        {
            auto made = std::make_unique<Function>();
            made->module = module;
            made->entry = entry;
            made->kernel = find_kernel(name);
            functions().insert(made.get());
            *function = reinterpret_cast<CUfunction>(made.get());
            module->functions.push_back(std::move(made));
            return CUDA_SUCCESS;
        }
    return fail(CUDA_ERROR_NOT_FOUND, "cuModuleGetFunction: the module has no kernel '%s'", name);
}

FAKE_EXPORT CUresult cuFuncGetAttribute(int* value, int attribute, CUfunction handle)
{
    FAKE_ENTER(NeedsInit | NeedsContext);
    Function* f;
    if (CUresult bad = find_function("cuFuncGetAttribute", handle, &f); bad != CUDA_SUCCESS)
        return bad;
    switch (attribute)
    {
        case 0: *value = f->entry.max_threads != 0 ? static_cast<int>(f->entry.max_threads) : 1024; break;
        case 1: *value = static_cast<int>(f->entry.shared_bytes); break;
        case 2: case 3: case 7: *value = 0; break;
        case 4: *value = 32; break;
        case 5: *value = f->module->ptx.target; break;
        case 6: *value = settings().major * 10 + settings().minor; break;
        case 8: *value = f->dynamic_shared != 0 ? f->dynamic_shared : 49152; break;
        case 9: *value = -1; break;
        default: return fail(CUDA_ERROR_INVALID_VALUE, "cuFuncGetAttribute: the stand-in knows no attribute %d", attribute);
    }
    return CUDA_SUCCESS;
}

FAKE_EXPORT CUresult cuFuncSetAttribute(CUfunction handle, int attribute, int value)
{
    FAKE_ENTER(NeedsInit | NeedsContext);
    Function* f;
    if (CUresult bad = find_function("cuFuncSetAttribute", handle, &f); bad != CUDA_SUCCESS)
        return bad;
    if (attribute != 8 || value < 0 || value + static_cast<long long>(f->entry.shared_bytes) > 101376)
        return fail(CUDA_ERROR_INVALID_VALUE, "cuFuncSetAttribute: attribute %d cannot be %d", attribute, value);
    f->dynamic_shared = value;
    return CUDA_SUCCESS;
}

FAKE_EXPORT CUresult cuLaunchKernel(CUfunction handle, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by, unsigned bz, unsigned shared, CUstream stream,
    void** params, void** extra)
{
    FAKE_ENTER(NeedsInit | NeedsContext);
    Function* f;
    if (CUresult bad = find_function("cuLaunchKernel", handle, &f); bad != CUDA_SUCCESS)
        return bad;
    int status = 0;
    if (refused(("kernel:" + f->entry.name).c_str(), &status))
        return static_cast<CUresult>(status);
    Stream* on;
    if (CUresult bad = find_stream("cuLaunchKernel", stream, &on); bad != CUDA_SUCCESS)
        return bad;
    Extent grid{gx, gy, gz}, block{bx, by, bz};
    if (CUresult bad = check_launch(*f, grid, block, shared); bad != CUDA_SUCCESS)
        return bad;
    std::vector<unsigned char> args;
    if (CUresult bad = read_arguments(*f, params, extra, &args); bad != CUDA_SUCCESS)
        return bad;
    return submit(on, f->kernel->name, [kernel = f->kernel, grid, block, args = std::move(args), shared] { run_kernel(*kernel, grid, block, args, shared); });
}
