// Drives the Verilator model of a board's top (clk_i, rst_ni, rx_i, tx_o) through its UART: bytes in, bytes out, so many clocks per bit. What the RTL
// prints and how it ends is caught as in fw_shim.cpp; `board.rs` is the other side of the interface.
#include <cstdarg>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <exception>
#include <memory>
#include <string>
#include <vector>

#include "Vtop.h"
#include "verilated.h"

#define FW_EXPORT extern "C" __attribute__((visibility("default")))

namespace {

constexpr unsigned ResetCycles = 4;
constexpr size_t MaxMessageBytes = 16384;

struct Fatal : std::exception {};

struct Board {
    VerilatedContext context;
    std::unique_ptr<Vtop> top;
    std::string messages;
    bool failed = false;
    unsigned clocks_per_bit = 0;
    // To the board: bits that are left, the lowest next, with start and stop bit.
    uint32_t sending = 0;
    unsigned bits_left = 0, send_count = 0;
    // From the board: what was sampled so far, and the clocks to the next sample.
    uint32_t sampled = 0;
    unsigned samples_left = 0, sample_count = 0;
    std::vector<uint8_t> received;

    void tick();
    bool line(const uint8_t*& bytes, const uint8_t* end);
    void sample(bool line);
};

thread_local Board* t_board = nullptr;
thread_local const char* t_folder = nullptr;

struct Scope {
    explicit Scope(Board* board) {
        t_board = board;
        Verilated::threadContextp(&board->context);
    }
    ~Scope() {
        t_board = nullptr;
        t_folder = nullptr;
    }
};

void complain(const char* file, int line, const char* message) {
    fw_print("%s:%d: %s\n", file ? file : "", line, message);
    if (t_board) t_board->failed = true;
}

void Board::tick() {
    top->clk_i = 0;
    top->eval();
    context.timeInc(1);
    top->clk_i = 1;
    top->eval();
    context.timeInc(1);
}

// The line to the board in this cycle; takes the next byte when the last one's stop bit is over.
bool Board::line(const uint8_t*& bytes, const uint8_t* end) {
    if (send_count == 0) {
        if (bits_left == 0 && bytes != end) {
            sending = 0x200u | uint32_t{*bytes++} << 1;
            bits_left = 10;
        } else if (bits_left == 0) {
            return true;
        }
        send_count = clocks_per_bit;
    }
    const bool level = sending & 1;
    if (--send_count == 0) {
        sending >>= 1;
        --bits_left;
    }
    return level;
}

void Board::sample(bool line) {
    if (samples_left == 0) {
        if (line) return;
        samples_left = 10;
        sampled = 0;
        sample_count = clocks_per_bit / 2;
    }
    if (sample_count-- != 0) return;
    sample_count = clocks_per_bit - 1;
    sampled = sampled >> 1 | (line ? 0x200u : 0);
    if (--samples_left == 0 && line) received.push_back(static_cast<uint8_t>(sampled >> 1));
}

}  // namespace

int fw_print(const char* format, ...) {
    char text[2048];
    va_list arguments;
    va_start(arguments, format);
    const int length = std::vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (t_board && t_board->messages.size() < MaxMessageBytes) t_board->messages += text;
    return length;
}

void vl_finish(const char* file, int line, const char*) { complain(file, line, "the RTL called $finish"); }
void vl_stop(const char* file, int line, const char*) { complain(file, line, "the RTL stopped with an error"); }
void vl_warn(const char* file, int line, const char*, const char* message) { complain(file, line, message); }
void vl_fatal(const char* file, int line, const char*, const char* message) {
    complain(file, line, message);
    throw Fatal();
}

// $readmemh opens its images relative to the design folder (linked with --wrap=fopen).
extern "C" FILE* __real_fopen(const char* path, const char* mode);
extern "C" FILE* __wrap_fopen(const char* path, const char* mode) {
    if (!t_folder || path[0] == '/') return __real_fopen(path, mode);
    return __real_fopen((std::string(t_folder) + "/" + path).c_str(), mode);
}

// Constructs the board, loads its images from `folder` and holds it in reset for four clocks. Never null.
FW_EXPORT Board* b_new(const char* folder, uint32_t clocks_per_bit) {
    Board* const board = new Board;
    Scope scope(board);
    t_folder = folder;
    board->clocks_per_bit = clocks_per_bit;
    try {
        board->top.reset(new Vtop{&board->context, "top"});
        board->top->rx_i = 1;
        board->top->rst_ni = 0;
        for (unsigned i = 0; i < ResetCycles; ++i) board->tick();
        board->top->rst_ni = 1;
    } catch (const std::exception&) {
        board->failed = true;
    }
    return board;
}

FW_EXPORT void b_free(Board* board) {
    Scope scope(board);
    if (board->top && !board->failed) board->top->final();
    delete board;
}

// Runs so many cycles and sends what it can of the bytes; returns how many were begun. Received bytes stay until the next call.
FW_EXPORT uint64_t b_run(Board* board, uint64_t cycles, const uint8_t* bytes, uint64_t count) {
    Scope scope(board);
    board->received.clear();
    const uint8_t* next = bytes;
    try {
        for (uint64_t i = 0; i < cycles && !board->failed; ++i) {
            board->top->rx_i = board->line(next, bytes + count);
            board->tick();
            board->sample(board->top->tx_o);
        }
    } catch (const std::exception&) {
        board->failed = true;
    }
    return static_cast<uint64_t>(next - bytes);
}

FW_EXPORT int32_t b_failed(const Board* board) { return board->failed; }
FW_EXPORT const char* b_messages(const Board* board) { return board->messages.c_str(); }
FW_EXPORT const uint8_t* b_received(const Board* board, uint64_t* count) {
    *count = board->received.size();
    return board->received.data();
}
