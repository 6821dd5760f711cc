// Memories outside the chip: one that is read over AXI4 and an SPI flash. What they do in a cycle is seen by the design in the next one, but for arready,
// which does not depend on the cycle's arvalid. How long they take is decided by the caller.
#ifndef FW_OUTSIDE_H
#define FW_OUTSIDE_H
#include <cstdint>
#include <cstring>
#include <deque>
#include <vector>

namespace fw {

// What lies outside, mirrored in `abi.rs`.
struct Outside {
    const uint8_t* bytes;
    uint64_t count;
    uint64_t base;        // address of the first byte
    const void* latency;  // for the functions
    uint64_t (*hold)(const void*, uint64_t burst);
    uint64_t (*first)(const void*, uint64_t burst);
    uint64_t (*gap)(const void*, uint64_t burst, uint32_t beat);
};

inline uint8_t byte_at(const Outside& outside, uint64_t address, uint8_t nothing) {
    const uint64_t index = address - outside.base;
    return index < outside.count ? outside.bytes[index] : nothing;
}

// Bursts are served in order; a beat is on offer until it is taken.
class AxiMemory {
public:
    template <class Top, size_t Bytes>
    void drive(Top& top, const Outside& outside, uint64_t cycle) {
        top.m_axi_arready_i = outside.hold && waited_ >= outside.hold(outside.latency, requests_);
        const bool valid = !bursts_.empty() && cycle >= beat_from_;
        top.m_axi_rvalid_i = valid;
        top.m_axi_rresp_i = 0;
        top.m_axi_rlast_i = valid && beat_ + 1 == bursts_.front().beats;
        uint8_t data[Bytes];
        for (size_t i = 0; i < Bytes; ++i) data[i] = valid ? byte_at(outside, bursts_.front().address + beat_ * Bytes + i, 0) : 0xa5;
        std::memcpy(&top.m_axi_rdata_i, data, Bytes);
    }
    template <class Top>
    void sample(const Top& top, const Outside& outside, uint64_t cycle) {
        if (top.m_axi_rvalid_i && top.m_axi_rready_o) {
            ++beat_;
            if (beat_ == bursts_.front().beats) {
                bursts_.pop_front();
                beat_ = 0;
                ++served_;
                if (!bursts_.empty()) beat_from_ = bursts_.front().from;
            } else {
                beat_from_ = cycle + 1 + outside.gap(outside.latency, served_, beat_);
            }
        }
        if (top.m_axi_arvalid_o && top.m_axi_arready_i) {
            const uint64_t from = cycle + outside.first(outside.latency, requests_);
            bursts_.push_back(Burst{top.m_axi_araddr_o, top.m_axi_arlen_o + 1u, from});
            if (bursts_.size() == 1) beat_from_ = from;
            ++requests_;
            waited_ = 0;
        } else if (top.m_axi_arvalid_o) {
            ++waited_;
        }
    }

private:
    struct Burst {
        uint64_t address;
        uint32_t beats;
        uint64_t from;  // cycle from which the first beat is on offer
    };
    std::deque<Burst> bursts_;
    uint64_t requests_ = 0, served_ = 0, waited_ = 0, beat_from_ = 0;
    uint32_t beat_ = 0;
};

// Mode 0: commands are taken at rising edges, data changes after falling edges. Until it is woken up it knows one command, 0xAB. The first three clocks
// do not reach it, as those after the configuration of some devices do not.
class Flash {
public:
    template <class Top>
    void drive(Top& top) const {
        top.flash_io_i = io_;
    }
    template <class Top>
    void sample(const Top& top, const Outside& outside) {
        if (swallowed_ < 3 && pin_ && !top.flash_sclk_o) ++swallowed_;
        pin_ = top.flash_sclk_o;
        const bool selected = !top.flash_csb_o, clock = pin_ && swallowed_ == 3;
        if (!selected) {
            if (was_selected_ && command_ == 0xab && rises_ == 8) awake_ = true;
            rises_ = 0;
            command_ = 0;
            io_ = 0xf;
        } else if (clock && !clock_) {
            rise(top.flash_io_o & 1);
        } else if (!clock && clock_ && rises_ >= 40 && awake_) {
            fall(outside);
        }
        was_selected_ = selected;
        clock_ = clock;
    }

private:
    void rise(unsigned bit) {
        if (rises_ < 8) command_ = command_ << 1 | bit;
        else if (rises_ < 32) address_ = ((address_ << 1) | bit) & 0xffffff;
        ++rises_;
    }
    void fall(const Outside& outside) {
        const uint64_t clocks = rises_ - 40;
        if (command_ == 0x0b) {
            const uint8_t byte = byte_at(outside, address_ + clocks / 8, 0xff);
            io_ = 0xd | ((byte >> (7 - clocks % 8) & 1) << 1);
        } else if (command_ == 0x6b) {
            const uint8_t byte = byte_at(outside, address_ + clocks / 2, 0xff);
            io_ = clocks % 2 ? byte & 0xf : byte >> 4;
        }
    }
    bool awake_ = false, was_selected_ = false, clock_ = false, pin_ = false;
    unsigned swallowed_ = 0;
    uint64_t rises_ = 0;
    uint32_t command_ = 0, address_ = 0;
    uint8_t io_ = 0xf;
};

}  // namespace fw
#endif
