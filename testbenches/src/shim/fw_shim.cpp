// Drives the Verilator model of a design's `top` and logs what it does. One file for every design: the widths come as FW_LANES and FW_BANKS,
// the bus to a memory outside as FW_AXI (bytes, or 0), a flash as FW_FLASH.
// The cycle loop lives here for speed; what to do in a cycle (words, stalls) is decided by the caller and passed in chunks.
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "Vtop.h"
#include "fw_hooks.h"
#include "fw_outside.h"
#include "verilated.h"
#if FW_TRACE
#include "verilated_fst_c.h"
#endif

namespace {

constexpr size_t Lanes = FW_LANES;
constexpr size_t Banks = FW_BANKS;
constexpr size_t BankBytes = Lanes / Banks;
constexpr uint32_t NoStep = 0xffffffffu;

// What the next three declare is mirrored in `abi.rs`.
enum Kind : uint32_t { Start = 0, End = 1, Write = 2, Output = 3 };
enum Status : int32_t { Running = 0, Done = 1, Failed = 2 };

struct Event {
    uint64_t cycle;
    uint32_t kind;
    uint32_t value;  // Start, End: step; Write: address; Output: tlast
    uint32_t mask;   // Write: bank mask
    uint32_t word;   // Write, Output: index of the word in the data log
};

struct Chunk {
    const uint8_t* words;           // all input words of the run
    uint64_t word_count;
    const uint64_t* input_stalls;   // one bit per cycle of this chunk, or null
    const uint64_t* output_stalls;  // likewise
    uint64_t cycles;
    uint64_t inferences;            // the run is done after so many output words with tlast
    uint32_t log;                   // 0: outputs only
};

struct State {
    uint64_t cycle;       // cycles completed since reset
    uint64_t words_in;    // input words taken
    uint64_t words_out;   // output words delivered
    uint64_t inferences;  // inferences completed
    uint64_t step_start;  // start of the last step launched
    uint32_t step;        // its index
    uint32_t step_open;   // 1: it has not ended
};

bool bit(const uint64_t* bits, uint64_t index) { return bits && ((bits[index >> 6] >> (index & 63)) & 1); }

struct Model {
    VerilatedContext context;
    std::unique_ptr<Vtop> top;
#if FW_TRACE
    std::unique_ptr<VerilatedFstC> trace;
#endif
    Verdict verdict;
    State state{};
    bool held = false;
    bool data_offered = false;
    fw::Outside outside{};
#if FW_AXI
    fw::AxiMemory axi;
#endif
#if FW_FLASH
    fw::Flash flash;
#endif
    std::vector<Event> events;
    std::vector<uint8_t> data;

    void create(const char* trace_path);
    void eval();
    void tick();
    void offer(const Chunk& chunk, uint64_t index);
    void sample(const Chunk& chunk);
    void sample_steps(bool log);
    void log_event(Kind kind, uint32_t value, uint32_t mask = 0) {
        events.push_back(Event{state.cycle, kind, value, mask, static_cast<uint32_t>(data.size() / Lanes)});
    }
    void log_write(uint32_t mask);
    ~Model();
};

void Model::create(const char* trace_path) {
    context.traceEverOn(trace_path != nullptr);
    top.reset(new Vtop{&context, "top"});
#if FW_TRACE
    if (trace_path) {
        trace.reset(new VerilatedFstC);
        top->trace(trace.get(), 99);
        trace->open(trace_path);
        if (!trace->isOpen()) complain(trace_path, 0, "the trace cannot be opened");
    }
#endif
    top->clk_i = 0;
    top->rst_ni = 0;
    top->s_axil_bready_i = 1;
    top->s_axil_rready_i = 1;
    for (unsigned i = 0; i < ResetCycles; ++i) {
        eval();
        tick();
    }
    top->rst_ni = 1;
}

void Model::eval() {
    top->eval();
#if FW_TRACE
    if (trace) trace->dump(context.time());
#endif
    context.timeInc(1);
}

// The rising edge, then the clock goes low; the falling edge is evaluated together with the next cycle's inputs.
void Model::tick() {
    top->clk_i = 1;
    eval();
    top->clk_i = 0;
}

void Model::offer(const Chunk& chunk, uint64_t index) {
    const bool valid = state.words_in < chunk.word_count && (held || !bit(chunk.input_stalls, index));
    if (valid && !held) {
        std::memcpy(&top->s_axis_tdata_i, chunk.words + state.words_in * Lanes, Lanes);
        data_offered = true;
    } else if (!valid && data_offered) {
        std::memset(&top->s_axis_tdata_i, 0xa5, Lanes);  // data without tvalid must not matter
        data_offered = false;
    }
    top->s_axis_tvalid_i = valid;
    top->m_axis_tready_i = !bit(chunk.output_stalls, index);
#if FW_AXI
    axi.drive<Vtop, FW_AXI>(*top, outside, state.cycle);
#endif
#if FW_FLASH
    flash.drive(*top);
#endif
}

void Model::log_write(uint32_t mask) {
    log_event(Write, top->probe_addr_o, mask);
    const size_t at = data.size();
    data.resize(at + Lanes);
    std::memcpy(&data[at], &top->probe_data_o, Lanes);
    for (size_t bank = 0; bank < Banks; ++bank) {
        if (!((mask >> bank) & 1)) std::memset(&data[at + bank * BankBytes], 0, BankBytes);
    }
}

// While a step runs, a cycle reads: write, end, start of the next. Otherwise: start, write, end.
void Model::sample_steps(bool log) {
    const bool starts = top->probe_start_o, ends = top->probe_end_o;
    const uint32_t mask = top->probe_we_o;
    if (!(starts || ends || (mask && log))) return;
    const bool was_open = state.step_open;
    const uint32_t step = top->probe_step_o;
    if (starts && !was_open && log) log_event(Start, step);
    if (mask && log) log_write(mask);
    if (ends && log) log_event(End, was_open && starts ? state.step : step);
    if (starts && was_open && log) log_event(Start, step);
    if (starts) {
        state.step = step;
        state.step_start = state.cycle;
    }
    state.step_open = starts ? (was_open || !ends) : (was_open && !ends);
}

void Model::sample(const Chunk& chunk) {
    sample_steps(chunk.log != 0);
    if (top->m_axis_tvalid_o && top->m_axis_tready_i) {
        log_event(Output, top->m_axis_tlast_o);
        const uint8_t* word = reinterpret_cast<const uint8_t*>(&top->m_axis_tdata_o);
        data.insert(data.end(), word, word + Lanes);
        ++state.words_out;
        if (top->m_axis_tlast_o) ++state.inferences;
    }
#if FW_AXI
    axi.sample(*top, outside, state.cycle);
#endif
#if FW_FLASH
    flash.sample(*top, outside);
#endif
    const bool taken = top->s_axis_tvalid_i && top->s_axis_tready_o;
    held = top->s_axis_tvalid_i && !taken;
    if (taken) ++state.words_in;
}

Model::~Model() {
#if FW_TRACE
    if (trace) trace->close();
#endif
    if (top && !verdict.failed) top->final();
}

}  // namespace

FW_EXPORT uint32_t m_lanes() { return Lanes; }
FW_EXPORT uint32_t m_banks() { return Banks; }

// Constructs the model, loads its images from `folder` and holds it in reset for four clocks. Never null.
FW_EXPORT Model* m_new(const char* folder, const char* trace_path) {
    Model* const model = new Model;
    model->state.step = NoStep;
    Scope scope(model);
    t_folder = folder;
    try {
        model->create(trace_path);
    } catch (const std::exception&) {
        model->verdict.failed = true;
    }
    return model;
}

// Whether the design reads a memory outside the chip, and what lies there; the caller keeps all of it until the model is freed.
FW_EXPORT uint32_t m_reads_outside() { return FW_AXI || FW_FLASH; }
FW_EXPORT void m_outside(Model* model, const fw::Outside* outside) { model->outside = *outside; }

FW_EXPORT void m_free(Model* model) {
    Scope scope(model);
    delete model;
}

FW_EXPORT int32_t m_run(Model* model, const Chunk* chunk) {
    Scope scope(model);
    model->events.clear();
    model->data.clear();
    try {
        for (uint64_t i = 0; i < chunk->cycles && !model->verdict.failed; ++i) {
            model->offer(*chunk, i);
            model->eval();
            model->sample(*chunk);
            model->tick();
            if (model->verdict.failed) return Failed;
            ++model->state.cycle;
            if (model->state.inferences >= chunk->inferences) return Done;
        }
    } catch (const std::exception&) {
        model->verdict.failed = true;
    }
    return model->verdict.failed ? Failed : Running;
}

FW_EXPORT void m_state(const Model* model, State* state) { *state = model->state; }
FW_EXPORT int32_t m_failed(const Model* model) { return model->verdict.failed; }
FW_EXPORT const char* m_messages(const Model* model) { return model->verdict.messages.c_str(); }
FW_EXPORT const Event* m_events(const Model* model, uint64_t* count) {
    *count = model->events.size();
    return model->events.data();
}
FW_EXPORT const uint8_t* m_data(const Model* model, uint64_t* bytes) {
    *bytes = model->data.size();
    return model->data.data();
}
