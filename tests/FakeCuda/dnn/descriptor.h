// A backend descriptor: attributes that are set, then checked together when it is finalized, then read.
#pragma once

#include "context.h"
#include "names.h"
#include "stream.h"

#include <cstdint>
#include <map>
#include <memory>
#include <vector>

namespace fake
{

struct Descriptor;
using DescriptorRef = std::shared_ptr<Descriptor>;

struct Value
{
    int type = 0;
    std::vector<unsigned char> bytes;
    long long count = 0;
    // What a descriptor names it keeps alive, even after the caller destroyed it.
    std::vector<DescriptorRef> descriptors;
};

struct Descriptor
{
    int type = 0;
    bool finalized = false;
    std::map<int, Value> values;

    bool has(int name) const { return values.count(name) != 0; }
    const Value& at(int name) const { return values.at(name); }
    long long integer(int name, int index = 0) const { return reinterpret_cast<const int64_t*>(at(name).bytes.data())[index]; }
    // Enumerations and data types have four bytes.
    int number(int name) const { return *reinterpret_cast<const int32_t*>(at(name).bytes.data()); }
    int number(int name, int otherwise) const { return has(name) ? number(name) : otherwise; }
    double real(int name, double otherwise) const;
    bool flag(int name) const { return has(name) && at(name).bytes[0] != 0; }
    uint64_t pointer(int name, int index = 0) const { return reinterpret_cast<const uint64_t*>(at(name).bytes.data())[index]; }
    const DescriptorRef& descriptor(int name, int index = 0) const { return at(name).descriptors[index]; }
    long long count(int name) const { return has(name) ? at(name).count : 0; }

    void put_integers(int name, const std::vector<int64_t>& integers);
    void put_numbers(int name, int type, const std::vector<int>& numbers);
    void put_descriptors(int name, const std::vector<DescriptorRef>& descriptors);
};

struct DnnHandle
{
    Context* context = nullptr;
    CUstream stream = nullptr;
};

// What a type of descriptor knows of an attribute.
struct Rule
{
    int descriptor;
    int name;
    std::vector<int> types; // allowed
    long long least, most; // elements
    bool required; // before it is finalized
    bool settable;
    int named = -1; // for descriptors: their type; -1: any
};
const Rule* find_rule(int descriptor, int name);
bool known_descriptor(int descriptor);
std::vector<const Rule*> required_rules(int descriptor);
int size_of_attribute(int type);

DescriptorRef find_descriptor(void* handle);
DnnHandle* find_dnn_handle(void* handle);

// Checks the attributes together and, for heuristics and plans, works out what they hold.
Dnn finalize(const DescriptorRef& descriptor);
Dnn finalize_graph(Descriptor& descriptor);

} // namespace fake
