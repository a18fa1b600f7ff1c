// The engines that this cuDNN offers: few, but of every kind that a caller has to tell apart.
#pragma once

#include "convolution.h"
#include "descriptor.h"

namespace fake
{

struct Knob { int type; int64_t least, most, step; };

struct Engine
{
    int64_t index;
    std::vector<int> numerical;
    std::vector<int> behavior;
    std::vector<Knob> knobs;
};

// The operation graph as one computation: a convolution and the pointwise operations that follow it.
struct Pattern
{
    const Descriptor* convolution = nullptr; // the operation
    ConvolutionKind kind = ConvolutionKind::Forward;
    std::vector<const Descriptor*> pointwise;
    const Descriptor *x = nullptr, *w = nullptr, *y = nullptr; // of the convolution; y may be virtual
    const Descriptor* result = nullptr; // the tensor that is written
};

// The stand-in knows one convolution, alone or, forward, with additions of a bias and activations behind it.
Dnn find_pattern(const Descriptor& graph, Pattern* pattern);
// The engines for a graph, fastest first; empty: none supports it, and *why says the reason.
std::vector<Engine> engines_for(const Descriptor& graph, int heuristic, Dnn* why);
bool find_engine(const Descriptor& graph, int64_t index, Engine* engine, Dnn* why);
int64_t workspace_of(const Engine& engine, const Pattern& pattern);

// Binds a plan's tensors to memory and puts the work on the stream.
Dnn execute(const Descriptor& plan, const Descriptor& pack, CUstream stream);

} // namespace fake
