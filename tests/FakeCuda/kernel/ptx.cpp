// Reads of PTX what a launch is checked against: entries, the size of their parameters, launch bounds and static shared memory.
#include "kernels.h"

#include <algorithm>
#include <cctype>

namespace fake
{
namespace
{

uint64_t size_of_type(const std::string& type)
{
    size_t digits = type.find_first_of("0123456789");
    return digits == std::string::npos ? 0 : std::stoull(type.substr(digits)) / 8;
}

std::vector<std::string> words(const std::string& text)
{
    std::vector<std::string> all;
    std::string word;
    auto flush = [&]
    {
        if (!word.empty())
            all.push_back(word);
        word.clear();
    };
    for (size_t i = 0; i < text.size(); i++)
    {
        char c = text[i];
        if (c == '/' && i + 1 < text.size() && text[i + 1] == '/')
        {
            flush();
            while (i < text.size() && text[i] != '\n')
                i++;
        }
        else if (std::isspace(static_cast<unsigned char>(c)))
            flush();
        else if (std::string("(){}[],;").find(c) != std::string::npos)
        {
            flush();
            all.push_back(std::string(1, c));
        }
        else
            word += c;
    }
    flush();
    return all;
}

struct Reader
{
    const std::vector<std::string>& w;
    size_t at = 0;

    bool more() const { return at < w.size(); }
    const std::string& peek(size_t ahead = 0) const
    {
        static const std::string none;
        return at + ahead < w.size() ? w[at + ahead] : none;
    }

    // ".align A .TYPE NAME[COUNT]" or ".TYPE NAME": bytes with the padding in front of it.
    uint64_t declaration(uint64_t offset)
    {
        uint64_t align = 0, size = 0, count = 1;
        while (more() && peek() != "," && peek() != ")" && peek() != ";")
        {
            if (peek() == ".align")
                align = std::stoull(w[++at]);
            else if (peek()[0] == '.' && size_of_type(peek()) != 0 && size == 0)
                size = size_of_type(peek());
            else if (peek() == "[" && std::isdigit(static_cast<unsigned char>(peek(1)[0])))
                count *= std::stoull(w[++at]);
            at++;
        }
        align = align == 0 ? std::max<uint64_t>(size, 1) : align;
        return (offset + align - 1) / align * align + size * count;
    }
};

PtxEntry read_entry(Reader& r)
{
    PtxEntry entry;
    entry.name = r.peek(1);
    r.at += 2;
    if (r.peek() == "(")
    {
        r.at++;
        while (r.more() && r.peek() != ")")
        {
            if (r.peek() == ",")
            {
                r.at++;
                continue;
            }
            entry.args_size = r.declaration(entry.args_size);
            entry.parameters++;
        }
    }
    for (int depth = 0; r.more(); r.at++)
    {
        if (r.peek() == ".maxntid" && depth == 0)
        {
            entry.max_threads = static_cast<unsigned>(std::stoul(r.peek(1)));
            for (size_t i = 2; r.peek(i) == ","; i += 2)
                entry.max_threads *= static_cast<unsigned>(std::stoul(r.peek(i + 1)));
        }
        else if (r.peek() == ".shared" && depth > 0)
            entry.shared_bytes = r.declaration(entry.shared_bytes);
        if (r.peek() == "{")
            depth++;
        else if (r.peek() == "}" && --depth == 0)
            break;
    }
    return entry;
}

} // namespace

bool parse_ptx(const std::string& text, Ptx* ptx, std::string* log)
{
    std::vector<std::string> all = words(text);
    Reader r{all};
    uint64_t module_shared = 0;
    bool wide = false;
    for (; r.more(); r.at++)
    {
        if (r.peek() == ".version" && ptx->version == 0)
        {
            double version = std::strtod(r.peek(1).c_str(), nullptr);
            ptx->version = static_cast<int>(version * 10 + 0.5);
        }
        else if (r.peek() == ".target" && r.peek(1).rfind("sm_", 0) == 0)
            ptx->target = std::atoi(r.peek(1).c_str() + 3);
        else if (r.peek() == ".address_size")
            wide = r.peek(1) == "64";
        else if (r.peek() == ".entry")
            ptx->entries.push_back(read_entry(r));
        else if (r.peek() == ".shared")
            module_shared = r.declaration(module_shared);
    }
    // A kernel's static arrays stand at module level in clang's output; which kernel uses which is not traced.
    if (ptx->entries.size() == 1)
        ptx->entries[0].shared_bytes += module_shared;
    if (ptx->version == 0)
        *log = "ptxas application ptx input, line 1; fatal   : Missing .version directive at start of file";
    else if (ptx->target == 0)
        *log = "ptxas fatal   : Missing .target directive";
    else if (!wide)
        *log = "ptxas fatal   : .address_size 64 is needed";
    return log->empty();
}

} // namespace fake
