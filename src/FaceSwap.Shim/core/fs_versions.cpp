// The versions of the libraries behind the shim, as loaded at run time where the library can say so, and which of FFmpeg's
// optional encoders this build has.
#include "fs_abi.h"

#include <cstring>

#include <dlib/revision.h>
#include <oneapi/dnnl/dnnl.h>
#include <opencv2/core/utility.hpp>

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/avutil.h>
#include <libswscale/swscale.h>
}

namespace {

std::string dotted(unsigned packed) {
    return std::to_string(AV_VERSION_MAJOR(packed)) + "." + std::to_string(AV_VERSION_MINOR(packed)) + "." +
           std::to_string(AV_VERSION_MICRO(packed));
}

std::string version_of(const std::string& library) {
    if (library == "ffmpeg") return av_version_info();
    if (library == "libavformat") return dotted(avformat_version());
    if (library == "libavcodec") return dotted(avcodec_version());
    if (library == "libavutil") return dotted(avutil_version());
    if (library == "libswscale") return dotted(swscale_version());
    if (library == "opencv") return cv::getVersionString();
    if (library == "dlib")  // header templates: the version compiled in
        return std::to_string(DLIB_MAJOR_VERSION) + "." + std::to_string(DLIB_MINOR_VERSION) + "." + std::to_string(DLIB_PATCH_VERSION);
    if (library == "dnnl") {
        const dnnl_version_t* v = dnnl_version();
        return std::to_string(v->major) + "." + std::to_string(v->minor) + "." + std::to_string(v->patch);
    }
    return "";
}

}  // namespace

// Writes the version of a library (ffmpeg, libavformat, libavcodec, libavutil, libswscale, opencv, dlib, dnnl) as a
// zero-terminated text, cut to the capacity. FS_UNSUPPORTED for a name that the shim does not link.
FS_EXPORT fs_status fs_core_library_version(const char* library, char* text, int32_t capacity) {
    return fs::guard("fs_core_library_version", [&]() -> fs_status {
        if (!library || !text || capacity < 1) throw fs::error(FS_INVALID_ARGUMENT, "fs_core_library_version: no name or no room for the text");
        const std::string version = version_of(library);
        if (version.empty()) return FS_UNSUPPORTED;
        std::strncpy(text, version.c_str(), static_cast<size_t>(capacity) - 1);
        text[capacity - 1] = 0;
        return FS_OK;
    });
}

// FS_OK when FFmpeg has this video encoder (libx264, h264_nvenc, ...), otherwise FS_UNSUPPORTED.
FS_EXPORT fs_status fs_core_has_encoder(const char* name) {
    return fs::guard("fs_core_has_encoder", [&]() -> fs_status {
        if (!name) throw fs::error(FS_INVALID_ARGUMENT, "fs_core_has_encoder: no name");
        return avcodec_find_encoder_by_name(name) ? FS_OK : FS_UNSUPPORTED;
    });
}
