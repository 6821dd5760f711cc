//! The multiplication with AVX-512: a full adder is two instructions of ternary logic.
use super::kernel::{self, Vector};
use super::{Output, PackedBits, Pair, Patterns};
use std::arch::x86_64::*;

/// Truth tables of the sum and of the carry of three bits.
const SUM: i32 = 0x96;
const CARRY: i32 = 0xe8;

/// Whether this processor can run [`run`].
pub(super) fn available() -> bool {
    is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512bw") && is_x86_feature_detected!("avx512vl")
}

/// See [`super::bgemm`].
///
/// # Safety
/// [`available`] holds.
#[target_feature(enable = "avx512f,avx512bw,avx512vl")]
pub(super) unsafe fn run(weights: &PackedBits, rows: &Patterns, output: Output) {
    kernel::run::<Register>(weights, rows, output);
}

/// Lives in [`run`] only, where the instructions are there.
#[derive(Clone, Copy)]
struct Register(__m512i);

impl Vector for Register {
    #[inline(always)]
    fn load(pair: &Pair) -> Register {
        // SAFETY: a pair is 64 bytes, aligned; the instructions are there.
        Register(unsafe { _mm512_load_si512(pair.0.as_ptr().cast()) })
    }

    #[inline(always)]
    fn store(self, pair: &mut Pair) {
        // SAFETY: as above.
        unsafe { _mm512_store_si512(pair.0.as_mut_ptr().cast(), self.0) }
    }

    #[inline(always)]
    fn full(a: Register, b: Register, c: Register) -> (Register, Register) {
        // SAFETY: the instructions are there.
        let (sum, carry) = unsafe { (_mm512_ternarylogic_epi64::<SUM>(a.0, b.0, c.0), _mm512_ternarylogic_epi64::<CARRY>(a.0, b.0, c.0)) };
        (Register(sum), Register(carry))
    }

    #[inline(always)]
    fn half(a: Register, b: Register) -> (Register, Register) {
        // SAFETY: the instructions are there.
        unsafe { (Register(_mm512_xor_si512(a.0, b.0)), Register(_mm512_and_si512(a.0, b.0))) }
    }

    #[inline(always)]
    fn add_where(bits: u64, value: u8, bytes: &mut [u8; 64]) {
        // SAFETY: 64 bytes are read and written; the instructions are there.
        unsafe {
            let own = _mm512_loadu_si512(bytes.as_ptr().cast());
            _mm512_storeu_si512(bytes.as_mut_ptr().cast(), _mm512_mask_add_epi8(own, bits, own, _mm512_set1_epi8(value as i8)));
        }
    }
}
