// Drives the Verilator model of a board's top (clk_i, rst_ni, rx_i, tx_o) through its UART: bytes in, bytes out, so many clocks per bit. What the RTL
// prints and how it ends is caught by fw_hooks.h; `board.rs` is the other side of the interface.
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "Vtop.h"
#include "fw_hooks.h"
#include "verilated.h"

namespace {

struct Board {
    VerilatedContext context;
    std::unique_ptr<Vtop> top;
    Verdict verdict;
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
        board->verdict.failed = true;
    }
    return board;
}

FW_EXPORT void b_free(Board* board) {
    Scope scope(board);
    if (board->top && !board->verdict.failed) board->top->final();
    delete board;
}

// Runs so many cycles and sends what it can of the bytes; returns how many were begun. Received bytes stay until the next call.
FW_EXPORT uint64_t b_run(Board* board, uint64_t cycles, const uint8_t* bytes, uint64_t count) {
    Scope scope(board);
    board->received.clear();
    const uint8_t* next = bytes;
    try {
        for (uint64_t i = 0; i < cycles && !board->verdict.failed; ++i) {
            board->top->rx_i = board->line(next, bytes + count);
            board->tick();
            board->sample(board->top->tx_o);
        }
    } catch (const std::exception&) {
        board->verdict.failed = true;
    }
    return static_cast<uint64_t>(next - bytes);
}

FW_EXPORT int32_t b_failed(const Board* board) { return board->verdict.failed; }
FW_EXPORT const char* b_messages(const Board* board) { return board->verdict.messages.c_str(); }
FW_EXPORT const uint8_t* b_received(const Board* board, uint64_t* count) {
    *count = board->received.size();
    return board->received.data();
}
