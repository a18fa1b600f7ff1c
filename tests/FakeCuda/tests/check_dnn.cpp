// Convolutions through the backend API against plain loops, and what the descriptors refuse.
#include "check.h"

#include <cmath>
#include <cstring>

using namespace check;

extern "C"
{
int cudnnCreate(void**);
int cudnnDestroy(void*);
int cudnnSetStream(void*, CUstream);
int cudnnBackendCreateDescriptor(int, void**);
int cudnnBackendDestroyDescriptor(void*);
int cudnnBackendSetAttribute(void*, int, int, int64_t, const void*);
int cudnnBackendGetAttribute(void*, int, int, int64_t, int64_t*, void*);
int cudnnBackendFinalize(void*);
int cudnnBackendExecute(void*, void*, void*);
}

namespace
{

enum { Handle = 0, DataType = 1, Boolean = 2, Int64 = 3, Float = 4, Double = 5, VoidPtr = 6, ConvMode = 7, HeurMode = 8, Note = 11, PointwiseMode = 14, Backend = 15 };

// Every descriptor that a check made, destroyed at its end.
struct Dnn
{
    void* handle = nullptr;
    std::vector<void*> made;

    explicit Dnn(CUstream stream)
    {
        OK(cudnnCreate(&handle));
        OK(cudnnSetStream(handle, stream));
    }
    ~Dnn()
    {
        for (void* d : made)
            OK(cudnnBackendDestroyDescriptor(d));
        OK(cudnnDestroy(handle));
    }
    void* make(int type)
    {
        void* d = nullptr;
        OK(cudnnBackendCreateDescriptor(type, &d));
        made.push_back(d);
        return d;
    }
    template <typename T> void set(void* d, int name, int type, std::vector<T> v) { OK(cudnnBackendSetAttribute(d, name, type, static_cast<int64_t>(v.size()), v.data())); }

    void* tensor(int64_t id, std::vector<int64_t> nchw, bool is_virtual = false)
    {
        void* d = make(17);
        set<int64_t>(d, 906, Int64, {id});
        set<int>(d, 901, DataType, {0});
        set(d, 902, Int64, nchw);
        set<int64_t>(d, 903, Int64, {nchw[1] * nchw[2] * nchw[3], 1, nchw[3] * nchw[1], nchw[1]});
        set<int64_t>(d, 900, Int64, {16});
        if (is_virtual)
            set<char>(d, 907, Boolean, {1});
        OK(cudnnBackendFinalize(d));
        return d;
    }
    void* graph(std::vector<void*> ops)
    {
        void* g = make(15);
        set(g, 801, Backend, ops);
        set<void*>(g, 800, Handle, {handle});
        OK(cudnnBackendFinalize(g));
        return g;
    }
    int heuristics(void* g, int mode, std::vector<void*>* configurations)
    {
        void* heur = make(4);
        set<void*>(heur, 201, Backend, {g});
        set<int>(heur, 200, HeurMode, {mode});
        if (int status = cudnnBackendFinalize(heur); status != 0)
            return status;
        int64_t count = 0;
        OK(cudnnBackendGetAttribute(heur, 202, Backend, 0, &count, nullptr));
        for (int64_t i = 0; i < count; i++)
            configurations->push_back(make(3));
        OK(cudnnBackendGetAttribute(heur, 202, Backend, count, &count, configurations->data()));
        return 0;
    }
    std::vector<int> notes(void* configuration, int64_t* index)
    {
        void* engine = make(2);
        OK(cudnnBackendGetAttribute(configuration, 300, Backend, 1, nullptr, &engine));
        OK(cudnnBackendGetAttribute(engine, 1301, Int64, 1, nullptr, index));
        int all[32];
        int64_t count = 0;
        OK(cudnnBackendGetAttribute(engine, 1303, Note, 32, &count, all));
        return std::vector<int>(all, all + count);
    }
    void* plan(void* configuration, int64_t* workspace)
    {
        void* p = make(5);
        set<void*>(p, 400, Handle, {handle});
        set<void*>(p, 401, Backend, {configuration});
        OK(cudnnBackendFinalize(p));
        OK(cudnnBackendGetAttribute(p, 402, Int64, 1, nullptr, workspace));
        return p;
    }
    int execute(void* p, std::vector<int64_t> ids, std::vector<CUdeviceptr> pointers, CUdeviceptr workspace)
    {
        void* pack = make(16);
        set(pack, 1000, Int64, ids);
        set(pack, 1001, VoidPtr, pointers);
        set<CUdeviceptr>(pack, 1003, VoidPtr, {workspace});
        OK(cudnnBackendFinalize(pack));
        return cudnnBackendExecute(handle, p, pack);
    }
};

// 'same' padding with stride 2 of an odd and an even side: one before, one or two after.
struct Shape
{
    int n = 2, c = 8, h = 9, w = 6, k = 12, r = 5, s = 5, stride = 2;
    int before[2] = {2, 1}, after[2] = {2, 2};
    int oh() const { return (h + before[0] + after[0] - r) / stride + 1; }
    int ow() const { return (w + before[1] + after[1] - s) / stride + 1; }
    int x_size() const { return n * h * w * c; }
    int w_size() const { return k * r * s * c; }
    int y_size() const { return n * oh() * ow() * k; }
};

template <typename F> void each(const Shape& q, F f)
{
    for (int n = 0; n < q.n; n++)
        for (int i = 0; i < q.oh(); i++)
            for (int j = 0; j < q.ow(); j++)
                for (int r = 0; r < q.r; r++)
                    for (int s = 0; s < q.s; s++)
                    {
                        int y = i * q.stride + r - q.before[0], x = j * q.stride + s - q.before[1];
                        if (y < 0 || y >= q.h || x < 0 || x >= q.w)
                            continue;
                        for (int k = 0; k < q.k; k++)
                            for (int c = 0; c < q.c; c++)
                                f(((n * q.h + y) * q.w + x) * q.c + c, ((k * q.r + r) * q.s + s) * q.c + c, ((n * q.oh() + i) * q.ow() + j) * q.k + k);
                    }
}

std::vector<float> values(int count, int seed)
{
    std::vector<float> all(count);
    for (int i = 0; i < count; i++)
        all[i] = static_cast<float>(((i + seed) * 7919) % 1009) / 1009.0f - 0.5f;
    return all;
}

double worst(const std::vector<float>& got, const std::vector<double>& expected)
{
    double most = 0;
    for (size_t i = 0; i < expected.size(); i++)
        most = std::max(most, std::isnan(got[i]) ? 1e9 : std::fabs(got[i] - expected[i]));
    return most;
}

void* convolution(Dnn& dnn, const Shape& q)
{
    void* d = dnn.make(1);
    dnn.set<int>(d, 100, DataType, {0});
    dnn.set<int>(d, 101, ConvMode, {1});
    dnn.set<int64_t>(d, 106, Int64, {2});
    dnn.set<int64_t>(d, 102, Int64, {1, 1});
    dnn.set<int64_t>(d, 103, Int64, {q.stride, q.stride});
    dnn.set<int64_t>(d, 105, Int64, {q.before[0], q.before[1]});
    dnn.set<int64_t>(d, 104, Int64, {q.after[0], q.after[1]});
    OK(cudnnBackendFinalize(d));
    return d;
}

struct Tensors { void *x, *w, *y; };

Tensors tensors(Dnn& dnn, const Shape& q, bool virtual_y = false)
{
    return {dnn.tensor(1, {q.n, q.c, q.h, q.w}), dnn.tensor(2, {q.k, q.c, q.r, q.s}), dnn.tensor(3, {q.n, q.k, q.oh(), q.ow()}, virtual_y)};
}

// kind 0 forward, 1 data, 2 filter.
void* operation(Dnn& dnn, const Shape& q, int kind, const Tensors& t)
{
    constexpr int types[] = {10, 12, 11}, firsts[] = {700, 706, 712};
    void* op = dnn.make(types[kind]);
    int first = firsts[kind];
    dnn.set<float>(op, first, Float, {1});
    dnn.set<float>(op, first + 1, Float, {0});
    dnn.set<void*>(op, first + 2, Backend, {convolution(dnn, q)});
    std::vector<void*> order = kind == 0 ? std::vector<void*>{t.w, t.x, t.y} : kind == 1 ? std::vector<void*>{t.w, t.x, t.y} : std::vector<void*>{t.w, t.x, t.y};
    for (int i = 0; i < 3; i++)
        dnn.set<void*>(op, first + 3 + i, Backend, {order[i]});
    OK(cudnnBackendFinalize(op));
    return op;
}

} // namespace

CHECK_CASE(convolutions_compute)
{
    Device d;
    Dnn dnn(d.stream);
    Shape q;
    std::vector<float> x = values(q.x_size(), 1), w = values(q.w_size(), 2), y = values(q.y_size(), 3);
    for (int kind = 0; kind < 3; kind++)
    {
        std::vector<double> expected(kind == 0 ? y.size() : kind == 1 ? x.size() : w.size());
        each(q, [&](int xi, int wi, int yi)
        {
            if (kind == 0)
                expected[yi] += static_cast<double>(x[xi]) * w[wi];
            else if (kind == 1)
                expected[xi] += static_cast<double>(y[yi]) * w[wi];
            else
                expected[wi] += static_cast<double>(x[xi]) * y[yi];
        });
        std::vector<void*> configurations;
        OK(dnn.heuristics(dnn.graph({operation(dnn, q, kind, tensors(dnn, q))}), 3, &configurations));
        EXPECT(configurations.size() >= 3);
        for (void* configuration : configurations)
        {
            CUdeviceptr px = d.alloc(x.size() * 4), pw = d.alloc(w.size() * 4), py = d.alloc(y.size() * 4);
            if (kind != 1)
                d.write(px, x);
            if (kind != 2)
                d.write(pw, w);
            if (kind != 0)
                d.write(py, y);
            int64_t index = -1, workspace = -1;
            std::vector<int> notes = dnn.notes(configuration, &index);
            bool tf32 = false;
            for (int note : notes)
                tf32 = tf32 || note == 1;
            void* plan = dnn.plan(configuration, &workspace);
            CUdeviceptr space = workspace > 0 ? d.alloc(workspace) : 0;
            if (workspace > 0)
                STATUS(2002, dnn.execute(plan, {1, 2, 3}, {px, pw, py}, 0));
            for (int turn = 0; turn < 2; turn++)
            {
                OK(dnn.execute(plan, {1, 2, 3}, {px, pw, py}, space));
                double off = worst(d.read(kind == 0 ? py : kind == 1 ? px : pw, expected.size()), expected);
                EXPECT(off < (tf32 ? 2e-2 : 1e-4));
                EXPECT(!tf32 || off > 1e-6);
            }
            STATUS(2003, dnn.execute(plan, {1, 2, 3}, {px + 4, pw, py}, space));
            STATUS(2000, dnn.execute(plan, {1, 2, 4}, {px, pw, py}, space));
            STATUS(2002, dnn.execute(plan, {1, 2, 3}, {px, 0, py}, space));
            for (CUdeviceptr p : {px, pw, py, space})
                OK(cuMemFree_v2(p));
        }
    }
}

CHECK_CASE(fused_convolutions_compute)
{
    Device d;
    Dnn dnn(d.stream);
    Shape q;
    std::vector<float> x = values(q.x_size(), 1), w = values(q.w_size(), 2), b = values(q.k, 5);
    std::vector<double> expected(q.y_size());
    each(q, [&](int xi, int wi, int yi) { expected[yi] += static_cast<double>(x[xi]) * w[wi]; });
    for (size_t i = 0; i < expected.size(); i++)
    {
        double v = expected[i] + b[i % q.k];
        expected[i] = v > 0 ? v : 0.1 * v;
    }
    void* conv = operation(dnn, q, 0, tensors(dnn, q, true));
    void *virtual_y = dnn.tensor(3, {q.n, q.k, q.oh(), q.ow()}, true), *sum = dnn.tensor(5, {q.n, q.k, q.oh(), q.ow()}, true), *y = dnn.tensor(6, {q.n, q.k, q.oh(), q.ow()});
    void *add = dnn.make(0), *relu = dnn.make(0), *add_op = dnn.make(13), *relu_op = dnn.make(13);
    dnn.set<int>(add, 0, PointwiseMode, {0});
    dnn.set<int>(add, 1, DataType, {0});
    OK(cudnnBackendFinalize(add));
    dnn.set<int>(relu, 0, PointwiseMode, {100});
    dnn.set<double>(relu, 5, Double, {0.1});
    OK(cudnnBackendFinalize(relu));
    dnn.set<void*>(add_op, 750, Backend, {add});
    dnn.set<void*>(add_op, 751, Backend, {virtual_y});
    dnn.set<void*>(add_op, 753, Backend, {sum});
    STATUS(2000, cudnnBackendFinalize(add_op));
    dnn.set<void*>(add_op, 752, Backend, {dnn.tensor(4, {1, q.k, 1, 1})});
    OK(cudnnBackendFinalize(add_op));
    dnn.set<void*>(relu_op, 750, Backend, {relu});
    dnn.set<void*>(relu_op, 751, Backend, {sum});
    dnn.set<void*>(relu_op, 753, Backend, {y});
    OK(cudnnBackendFinalize(relu_op));
    void* graph = dnn.graph({conv, add_op, relu_op});
    std::vector<void*> configurations;
    // The engines need channels in fours, which 8 and 12 are; the fallback list knows no fusion.
    OK(dnn.heuristics(graph, 3, &configurations));
    STATUS(3000, dnn.heuristics(graph, 2, &configurations));
    fake_cudnn_refuse("fused", 1);
    STATUS(3000, dnn.heuristics(graph, 3, &configurations));
    fake_cudnn_refuse("fused", 0);
    CUdeviceptr px = d.alloc(x.size() * 4), pw = d.alloc(w.size() * 4), pb = d.alloc(q.k * 4), py = d.alloc(expected.size() * 4), space = d.alloc(1 << 16);
    d.write(pw, w);
    d.write(pb, b);
    bool kept = false, lost = false;
    for (void* configuration : configurations)
    {
        int64_t workspace = 0;
        void* plan = dnn.plan(configuration, &workspace);
        d.write(px, x);
        OK(dnn.execute(plan, {1, 2, 4, 6}, {px, pw, pb, py}, space));
        EXPECT(worst(d.read(py, expected.size()), expected) < 2e-2);
        OK(cuMemsetD8Async(px, 0xFF, x.size() * 4, d.stream));
        OK(dnn.execute(plan, {1, 2, 4, 6}, {px, pw, pb, py}, space));
        bool nan = std::isnan(d.read(py, 1)[0]);
        kept = kept || nan;
        lost = lost || !nan;
    }
    EXPECT(kept && lost);
    for (CUdeviceptr p : {px, pw, pb, py, space})
        OK(cuMemFree_v2(p));
}

CHECK_CASE(descriptors_are_strict)
{
    Device d;
    Dnn dnn(d.stream);
    void* t = dnn.make(17);
    int64_t one = 1;
    float real = 1;
    STATUS(2000, cudnnBackendFinalize(t));
    STATUS(2010, cudnnBackendSetAttribute(t, 906, Float, 1, &real));
    STATUS(2000, cudnnBackendSetAttribute(t, 906, Int64, 2, &one));
    STATUS(2000, cudnnBackendSetAttribute(t, 100, Int64, 1, &one));
    STATUS(2002, cudnnBackendSetAttribute(t, 906, Int64, 1, nullptr));
    STATUS(1001, cudnnBackendGetAttribute(t, 906, Int64, 1, nullptr, &one));
    void* good = dnn.tensor(9, {1, 8, 4, 4});
    STATUS(1001, cudnnBackendSetAttribute(good, 906, Int64, 1, &one));
    STATUS(2000, cudnnBackendFinalize(good));
    void* op = dnn.make(10);
    STATUS(2004, cudnnBackendSetAttribute(op, 704, Backend, 1, &t));
    STATUS(2012, cudnnBackendSetAttribute(op, 702, Backend, 1, &good));
    void* dead = nullptr;
    OK(cudnnBackendCreateDescriptor(17, &dead));
    OK(cudnnBackendDestroyDescriptor(dead));
    STATUS(2000, cudnnBackendDestroyDescriptor(dead));
    // Shapes that do not belong together.
    Shape q;
    void* wrong = dnn.make(10);
    dnn.set<float>(wrong, 700, Float, {1});
    dnn.set<float>(wrong, 701, Float, {0});
    dnn.set<void*>(wrong, 702, Backend, {convolution(dnn, q)});
    dnn.set<void*>(wrong, 703, Backend, {dnn.tensor(2, {q.k, q.c, q.r, q.s})});
    dnn.set<void*>(wrong, 704, Backend, {dnn.tensor(1, {q.n, q.c, q.h, q.w})});
    dnn.set<void*>(wrong, 705, Backend, {dnn.tensor(3, {q.n, q.k, q.oh() + 1, q.ow()})});
    STATUS(2008, cudnnBackendFinalize(wrong));
    // Rules that a test sets.
    void* graph = dnn.graph({operation(dnn, q, 0, tensors(dnn, q))});
    std::vector<void*> none;
    fake_cudnn_refuse("asymmetric_padding", 1);
    STATUS(3000, dnn.heuristics(graph, 3, &none));
    fake_cudnn_refuse("asymmetric_padding", 0);
    fake_cudnn_refuse("tensor_core", 1);
    fake_cudnn_refuse("plain", 1);
    STATUS(3000, dnn.heuristics(graph, 3, &none));
    fake_cuda_allow_all();
    OK(dnn.heuristics(graph, 3, &none));
    fake_cuda_refuse("cudnnBackendFinalize:plan", 3000, 0, 1);
    void* plan = dnn.make(5);
    dnn.set<void*>(plan, 400, Handle, {dnn.handle});
    dnn.set<void*>(plan, 401, Backend, {none[0]});
    STATUS(3000, cudnnBackendFinalize(plan));
    OK(cudnnBackendFinalize(plan));
}
