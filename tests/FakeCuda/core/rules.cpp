#include "rules.h"
#include "context.h"
#include "fake_cuda.h"

#include <cstdlib>
#include <set>

namespace fake
{
namespace
{

struct Rules
{
    std::mutex lock;
    std::set<std::string> on;

    Rules()
    {
        read("cudnn", "FAKECUDNN_REFUSE");
        read("cublaslt", "FAKECUBLASLT_REFUSE");
    }

    void read(const std::string& library, const char* variable)
    {
        const char* text = std::getenv(variable);
        std::string list = text == nullptr ? "" : text;
        for (size_t at = 0; at < list.size();)
        {
            size_t end = std::min(list.find(',', at), list.size());
            on.insert(library + ":" + list.substr(at, end - at));
            at = end + 1;
        }
    }
};

Rules& rules()
{
    static Rules* r = new Rules;
    return *r;
}

} // namespace

bool rule(const char* library, const char* name)
{
    std::lock_guard<std::mutex> hold(rules().lock);
    return rules().on.count(std::string(library) + ":" + name) != 0;
}

void set_rule(const char* library, const char* name, bool on)
{
    std::lock_guard<std::mutex> hold(rules().lock);
    std::string key = std::string(library) + ":" + name;
    if (on)
        rules().on.insert(key);
    else
        rules().on.erase(key);
}

void forget_rules()
{
    std::lock_guard<std::mutex> hold(rules().lock);
    rules().on.clear();
}

} // namespace fake

FAKE_EXPORT void fake_cudnn_refuse(const char* rule, int on) { fake::set_rule("cudnn", rule, on != 0); }
FAKE_EXPORT void fake_cublaslt_refuse(const char* rule, int on) { fake::set_rule("cublaslt", rule, on != 0); }
