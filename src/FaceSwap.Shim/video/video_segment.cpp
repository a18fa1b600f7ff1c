// The file: magic, head, codec parameters, extradata; the packets, each with its side data; the times of showing; a footer that tells where they
// begin. Numbers are as they lie in memory.
#include "video_segment.h"

#include <algorithm>
#include <cstring>

namespace fs::video {

namespace {
constexpr char magic[8] = {'F', 'S', 'S', 'E', 'G', '0', '2', '\n'};
constexpr int64_t most_bytes = 1 << 30;     // of a packet, extradata or side data: more is damage

// The scalar fields of AVCodecParameters that encoders fill in.
struct stored_parameters {
    int32_t codec_id, codec_tag, format, bits_per_coded_sample, bits_per_raw_sample, profile, level, width, height;
    int32_t aspect_num, aspect_den, field_order, range, primaries, transfer, matrix, chroma, delay;
    int64_t bit_rate;
    int32_t extradata_size, side_data;
};

struct stored_packet {
    int64_t pts, dts, duration;
    int32_t flags, size, side_data, reserved;
};

struct stored_side_data {
    int32_t type, size;
};

struct stored_footer {
    fs_video_segment_info info;
    int64_t times_at;
    char magic[8];
};

struct side_data_view {
    int32_t type;
    const uint8_t* data;
    size_t size;
};

// Stream-level side data; FFmpeg before 6.1 does not keep it in the parameters.
std::vector<side_data_view> side_data_of(const AVCodecParameters* p) {
    std::vector<side_data_view> all;
#if LIBAVCODEC_VERSION_INT >= AV_VERSION_INT(60, 30, 100)
    for (int i = 0; i < p->nb_coded_side_data; i++)
        all.push_back({p->coded_side_data[i].type, p->coded_side_data[i].data, p->coded_side_data[i].size});
#else
    (void)p;
#endif
    return all;
}

void add_side_data(AVCodecParameters* p, int32_t type, const std::vector<uint8_t>& data) {
#if LIBAVCODEC_VERSION_INT >= AV_VERSION_INT(60, 30, 100)
    AVPacketSideData* side = av_packet_side_data_new(&p->coded_side_data, &p->nb_coded_side_data, static_cast<AVPacketSideDataType>(type), data.size(), 0);
    if (!side)
        throw std::bad_alloc();
    std::memcpy(side->data, data.data(), data.size());
#else
    (void)p, (void)type, (void)data;
#endif
}

template <class T>
void put(AVIOContext* io, const T& value) {
    avio_write(io, reinterpret_cast<const unsigned char*>(&value), sizeof value);
}

[[noreturn]] void damaged(const char* what) { throw error(FS_INVALID_DATA, std::string("the segment is damaged (") + what + ")"); }

// How many packets must be decoded before the first is shown, so that each is decoded before its time: the most frames that precede one in
// the file and follow it on the screen.
int32_t needed_delay(const std::vector<int64_t>& times) {
    int32_t most = 0;
    for (size_t i = 0; i < times.size(); i++) {
        // Reordering reaches back a few frames: further up all are earlier.
        size_t from = i > 32 ? i - 32 : 0;
        most = std::max<int32_t>(most, std::count_if(times.begin() + from, times.begin() + i, [&](int64_t t) { return t > times[i]; }));
    }
    return most;
}
}  // namespace

segment_file::segment_file(const char* path) {
    AVIOContext* raw = nullptr;
    check(avio_open(&raw, ("file:" + text(path)).c_str(), AVIO_FLAG_WRITE), "cannot create a segment's file");
    io_.reset(raw);
}

void segment_file::begin(const AVCodecContext* encoder, const segment_head& head) {
    parameters_ptr p(avcodec_parameters_alloc());
    if (!p)
        throw std::bad_alloc();
    check(avcodec_parameters_from_context(p.get(), encoder), "cannot describe the video stream");
    std::vector<side_data_view> side = side_data_of(p.get());
    stored_parameters stored{};
    stored.codec_id = p->codec_id;
    stored.codec_tag = static_cast<int32_t>(p->codec_tag);
    stored.format = p->format;
    stored.bits_per_coded_sample = p->bits_per_coded_sample;
    stored.bits_per_raw_sample = p->bits_per_raw_sample;
    stored.profile = p->profile;
    stored.level = p->level;
    stored.width = p->width;
    stored.height = p->height;
    stored.aspect_num = p->sample_aspect_ratio.num;
    stored.aspect_den = p->sample_aspect_ratio.den;
    stored.field_order = p->field_order;
    stored.range = p->color_range;
    stored.primaries = p->color_primaries;
    stored.transfer = p->color_trc;
    stored.matrix = p->color_space;
    stored.chroma = p->chroma_location;
    stored.delay = p->video_delay;
    stored.bit_rate = p->bit_rate;
    stored.extradata_size = p->extradata_size;
    stored.side_data = static_cast<int32_t>(side.size());
    put(io_.get(), magic);
    put(io_.get(), head);
    info_.picture = head.picture;
    put(io_.get(), stored);
    avio_write(io_.get(), p->extradata, p->extradata_size);
    for (const side_data_view& s : side) {
        put(io_.get(), stored_side_data{s.type, static_cast<int32_t>(s.size)});
        avio_write(io_.get(), s.data, static_cast<int>(s.size));
    }
    check_disk();
}

void segment_file::take(const AVPacket* packet) {
    if (times_.empty() && !(packet->flags & AV_PKT_FLAG_KEY))
        throw error(FS_INTERNAL, "the encoder did not begin with a key frame");
    times_.push_back(packet->pts);
    // The first packet has the first frame: what is decoded before that is shown is what the encoder counts on.
    if (packet->dts != AV_NOPTS_VALUE && packet->dts < times_.front())
        info_.delay++;
    // What the encoder tells of its quality is for statistics; no container keeps it, and part of it is uninitialised memory.
    auto kept = [](const AVPacketSideData& s) { return s.type != AV_PKT_DATA_QUALITY_STATS; };
    int32_t side_data = static_cast<int32_t>(std::count_if(packet->side_data, packet->side_data + packet->side_data_elems, kept));
    put(io_.get(), stored_packet{packet->pts, packet->dts, packet->duration, packet->flags, packet->size, side_data, 0});
    for (int i = 0; i < packet->side_data_elems; i++) {
        const AVPacketSideData& s = packet->side_data[i];
        if (!kept(s))
            continue;
        put(io_.get(), stored_side_data{s.type, static_cast<int32_t>(s.size)});
        avio_write(io_.get(), s.data, static_cast<int>(s.size));
    }
    avio_write(io_.get(), packet->data, packet->size);
    check_disk();
}

void segment_file::finish() {
    info_.delay = std::max(info_.delay, needed_delay(times_));
    std::sort(times_.begin(), times_.end());
    info_.frames = static_cast<int64_t>(times_.size());
    info_.first_pts = times_.front();
    info_.last_pts = times_.back();
    stored_footer footer{info_, avio_tell(io_.get()), {}};
    std::memcpy(footer.magic, magic, sizeof magic);
    avio_write(io_.get(), reinterpret_cast<const unsigned char*>(times_.data()), static_cast<int>(times_.size() * sizeof(int64_t)));
    put(io_.get(), footer);
    avio_flush(io_.get());
    check_disk();
    AVIOContext* raw = io_.release();
    check(avio_closep(&raw), "cannot close a segment's file");
}

void segment_file::check_disk() const {
    if (io_->error < 0)
        fail(io_->error, "cannot write a segment");
}

segment_reader::segment_reader(const char* path) : parameters_(avcodec_parameters_alloc()) {
    if (!parameters_)
        throw std::bad_alloc();
    AVIOContext* raw = nullptr;
    check(avio_open(&raw, ("file:" + text(path)).c_str(), AVIO_FLAG_READ), "cannot open a segment");
    io_.reset(raw);
    int64_t size = avio_size(raw), footer_at = size - static_cast<int64_t>(sizeof(stored_footer));
    if (footer_at < 0)
        damaged("too short");
    avio_seek(raw, footer_at, SEEK_SET);
    stored_footer footer = read<stored_footer>();
    info_ = footer.info;
    if (std::memcmp(footer.magic, magic, sizeof magic) != 0 || info_.frames <= 0 || info_.delay < 0 || footer.times_at < 0 || info_.frames > footer_at ||
        footer.times_at + info_.frames * static_cast<int64_t>(sizeof(int64_t)) != footer_at)
        damaged("no end");
    times_.resize(info_.frames);
    avio_seek(raw, footer.times_at, SEEK_SET);
    read_into(times_.data(), info_.frames * static_cast<int64_t>(sizeof(int64_t)));
    avio_seek(raw, 0, SEEK_SET);
    char start[sizeof magic];
    read_into(start, sizeof start);
    if (std::memcmp(start, magic, sizeof magic) != 0)
        damaged("no beginning");
    head_ = read<segment_head>();
    stored_parameters stored = read<stored_parameters>();
    AVCodecParameters* p = parameters_.get();
    p->codec_type = AVMEDIA_TYPE_VIDEO;
    p->codec_id = static_cast<AVCodecID>(stored.codec_id);
    p->codec_tag = static_cast<uint32_t>(stored.codec_tag);
    p->format = stored.format;
    p->bits_per_coded_sample = stored.bits_per_coded_sample;
    p->bits_per_raw_sample = stored.bits_per_raw_sample;
    p->profile = stored.profile;
    p->level = stored.level;
    p->width = stored.width;
    p->height = stored.height;
    p->sample_aspect_ratio = {stored.aspect_num, stored.aspect_den};
    p->field_order = static_cast<AVFieldOrder>(stored.field_order);
    p->color_range = static_cast<AVColorRange>(stored.range);
    p->color_primaries = static_cast<AVColorPrimaries>(stored.primaries);
    p->color_trc = static_cast<AVColorTransferCharacteristic>(stored.transfer);
    p->color_space = static_cast<AVColorSpace>(stored.matrix);
    p->chroma_location = static_cast<AVChromaLocation>(stored.chroma);
    p->video_delay = stored.delay;
    p->bit_rate = stored.bit_rate;
    if (stored.extradata_size < 0 || stored.extradata_size > footer_at)
        damaged("its description");
    if (stored.extradata_size > 0) {
        p->extradata = static_cast<uint8_t*>(av_mallocz(stored.extradata_size + AV_INPUT_BUFFER_PADDING_SIZE));
        if (!p->extradata)
            throw std::bad_alloc();
        p->extradata_size = stored.extradata_size;
        read_into(p->extradata, stored.extradata_size);
    }
    for (int i = 0; i < stored.side_data; i++) {
        stored_side_data side = read<stored_side_data>();
        if (side.size < 0 || side.size > footer_at)
            damaged("its description");
        std::vector<uint8_t> data(side.size);
        read_into(data.data(), side.size);
        add_side_data(p, side.type, data);
    }
    left_ = info_.frames;
}

void segment_reader::read_into(void* to, int64_t size) {
    if (size > most_bytes || avio_read(io_.get(), static_cast<unsigned char*>(to), static_cast<int>(size)) != size)
        damaged("it ends early");
}

bool segment_reader::next(AVPacket* packet) {
    if (left_ == 0)
        return false;
    left_--;
    stored_packet stored = read<stored_packet>();
    if (stored.size < 0 || stored.size > most_bytes || stored.side_data < 0 || stored.side_data > 64)
        damaged("a packet");
    check(av_new_packet(packet, stored.size), "cannot hold a packet");
    packet->pts = stored.pts;
    packet->dts = stored.dts;
    packet->duration = stored.duration;
    packet->flags = stored.flags;
    for (int i = 0; i < stored.side_data; i++) {
        stored_side_data side = read<stored_side_data>();
        if (side.size < 0 || side.size > most_bytes)
            damaged("a packet");
        uint8_t* data = av_packet_new_side_data(packet, static_cast<AVPacketSideDataType>(side.type), side.size);
        if (!data)
            throw std::bad_alloc();
        read_into(data, side.size);
    }
    read_into(packet->data, stored.size);
    return true;
}

void require_same_stream(const segment_reader& first, const segment_reader& other) {
    const AVCodecParameters *a = first.parameters(), *b = other.parameters();
    bool same = a->codec_id == b->codec_id && a->width == b->width && a->height == b->height && a->format == b->format &&
                a->extradata_size == b->extradata_size && std::memcmp(a->extradata, b->extradata, a->extradata_size) == 0 &&
                av_cmp_q(first.head().tick, other.head().tick) == 0;
    if (!same)
        throw error(FS_INVALID_DATA, "the encoder described its segments differently, so that they cannot be joined; write the video in one piece");
}

}  // namespace fs::video
