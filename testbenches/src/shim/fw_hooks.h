// What the RTL prints, how it ends and where its images lie, for the model that this thread is evaluating. Included once, by the shim of a model.
#ifndef FW_HOOKS_H
#define FW_HOOKS_H

#include <cstdarg>
#include <cstdio>
#include <exception>
#include <string>

#include "verilated.h"

#define FW_EXPORT extern "C" __attribute__((visibility("default")))

namespace {

constexpr unsigned ResetCycles = 4;
constexpr size_t MaxMessageBytes = 16384;

struct Fatal : std::exception {};

// What the RTL said and whether it failed.
struct Verdict {
    std::string messages;
    bool failed = false;
};
thread_local Verdict* t_verdict = nullptr;
thread_local const char* t_folder = nullptr;

// Makes `model`, which has a `verdict` and a `context`, the one that this thread's messages go to.
struct Scope {
    template <typename M>
    explicit Scope(M* model) {
        t_verdict = &model->verdict;
        Verilated::threadContextp(&model->context);
    }
    ~Scope() {
        t_verdict = nullptr;
        t_folder = nullptr;
    }
};

void complain(const char* file, int line, const char* message) {
    fw_print("%s:%d: %s\n", file ? file : "", line, message);
    if (t_verdict) t_verdict->failed = true;
}

}  // namespace

int fw_print(const char* format, ...) {
    char text[2048];
    va_list arguments;
    va_start(arguments, format);
    const int length = std::vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (t_verdict && t_verdict->messages.size() < MaxMessageBytes) t_verdict->messages += text;
    return length;
}

// The runtime's hooks (VL_USER_*): a failing design must not end the process.
void vl_finish(const char* file, int line, const char*) { complain(file, line, "the RTL called $finish"); }
void vl_stop(const char* file, int line, const char*) { complain(file, line, "the RTL stopped with an error"); }
void vl_warn(const char* file, int line, const char*, const char* message) { complain(file, line, message); }
void vl_fatal(const char* file, int line, const char*, const char* message) {
    complain(file, line, message);
    throw Fatal();
}

// $readmemh opens its images relative to the design folder, whatever the process's working directory (linked with --wrap=fopen).
extern "C" FILE* __real_fopen(const char* path, const char* mode);
extern "C" FILE* __wrap_fopen(const char* path, const char* mode) {
    if (!t_folder || path[0] == '/') return __real_fopen(path, mode);
    return __real_fopen((std::string(t_folder) + "/" + path).c_str(), mode);
}

#endif
