// Encodes frames into a segment's file.
#include "video_container.h"
#include "video_segment.h"

#if defined(__GLIBC__)
#include <malloc.h>
#endif

namespace {
using namespace fs::video;

class segment_writer {
public:
    segment_writer(const fs_video_writer_options& o, const fs_video_picture* like, const fs_video_hardware* where) : encoder_(o), format_(container_for(o.container_of, encoder_.codec())), file_(o.path) {
        if (where)
            encoder_.encode_on(*where);
        if (like) {
            encoder_.start(*like);
            begin();
        }
    }

    void write(const AVFrame* frame, int64_t time, int64_t duration) {
        if (!encoder_.started()) {
            encoder_.start(frame, warnings_);
            begin();
        }
        encoder_.write(frame, time, duration, [this](AVPacket* p) { file_.take(p); }, warnings_);
        frames_++;
    }

    void finish(fs_video_segment_info* info) {
        if (frames_ == 0)
            throw fs::error(FS_INVALID_ARGUMENT, "no frame was written");
        encoder_.flush([this](AVPacket* p) { file_.take(p); });
        file_.finish();
        *info = file_.info();
        if (info->frames != frames_)
            throw fs::error(FS_INTERNAL, "the encoder made " + std::to_string(info->frames) + " pictures of " + std::to_string(frames_) + " frames");
    }

    const fs_video_picture& picture() const { return encoder_.choice(); }
    const std::vector<std::string>& warnings() const { return warnings_; }

private:
    void begin() {
        require_container();
        file_.begin(encoder_.context(), {encoder_.tick(), encoder_.context()->framerate, encoder_.choice()});
    }

    // Segments are joined at the end: what the container refuses must come up before the first of them.
    void require_container() const {
        parameters_ptr parameters(avcodec_parameters_alloc());
        if (!parameters)
            throw std::bad_alloc();
        check(avcodec_parameters_from_context(parameters.get(), encoder_.context()), "cannot describe the video stream");
        std::string why;
        if (!takes_video(format_, parameters.get(), encoder_.tick(), &why))
            throw fs::error(FS_INVALID_ARGUMENT, std::string("the container ") + format_->name + " cannot hold these streams (" + why + ")");
    }

    frame_encoder encoder_;
    const AVOutputFormat* format_;
    segment_file file_;
    int64_t frames_ = 0;
    std::vector<std::string> warnings_;
};
}  // namespace

// Begins a segment in a file of its own; `like` is null for the first of a video, and what the first's frame decided for all others. Of the options the copied streams
// are not looked at. `where` is null, or as for fs_video_writer_encode_on.
FS_EXPORT fs_status fs_video_segment_open(const fs_video_writer_options* options, const fs_video_picture* like, const fs_video_hardware* where,
                                          void** result) {
    return fs::guard("fs_video_segment_open", [&] {
        *result = nullptr;
        *result = new segment_writer(*options, like, where);
        return FS_OK;
    });
}

// What the first frame decided; once a frame was written.
FS_EXPORT void fs_video_segment_picture(void* self, fs_video_picture* picture) { *picture = static_cast<segment_writer*>(self)->picture(); }

// Closes the file as it is. What an encoder of hundreds of megabytes leaves free between other blocks goes back to the system, before the next one takes as much.
FS_EXPORT void fs_video_segment_free(void* self) {
    delete static_cast<segment_writer*>(self);
#if defined(__GLIBC__)
    malloc_trim(0);
#endif
}

// As fs_video_writer_write.
FS_EXPORT fs_status fs_video_segment_write(void* self, const AVFrame* frame, int64_t pts, int64_t duration) {
    return fs::guard("fs_video_segment_write", [&] {
        static_cast<segment_writer*>(self)->write(frame, pts, duration);
        return FS_OK;
    });
}

// Flushes the encoder and closes the file.
FS_EXPORT fs_status fs_video_segment_finish(void* self, fs_video_segment_info* info) {
    return fs::guard("fs_video_segment_finish", [&] {
        static_cast<segment_writer*>(self)->finish(info);
        return FS_OK;
    });
}

// As fs_video_writer_warning.
FS_EXPORT fs_status fs_video_segment_warning(void* self, int32_t index, const char** text) {
    return fs::guard("fs_video_segment_warning", [&] {
        const auto& all = static_cast<segment_writer*>(self)->warnings();
        if (index < 0 || index >= static_cast<int32_t>(all.size()))
            return FS_END_OF_STREAM;
        *text = all[index].c_str();
        return FS_OK;
    });
}

// Looks at a finished segment.
FS_EXPORT fs_status fs_video_segment_describe(const char* path, fs_video_segment_info* info) {
    return fs::guard("fs_video_segment_describe", [&] {
        *info = segment_reader(path).info();
        return FS_OK;
    });
}
