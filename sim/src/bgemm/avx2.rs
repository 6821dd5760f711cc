//! The multiplication with AVX2: two registers to a pair.
use super::kernel::{self, Vector};
use super::{Output, PackedBits, Pair, Patterns};
use std::arch::x86_64::*;

/// Whether this processor can run [`run`].
pub(super) fn available() -> bool {
    is_x86_feature_detected!("avx2")
}

/// See [`super::bgemm`].
///
/// # Safety
/// [`available`] holds.
#[target_feature(enable = "avx2")]
pub(super) unsafe fn run(weights: &PackedBits, rows: &Patterns, output: Output) {
    kernel::run::<Registers>(weights, rows, output);
}

/// Lives in [`run`] only, where the instructions are there.
#[derive(Clone, Copy)]
struct Registers([__m256i; 2]);

impl Vector for Registers {
    #[inline(always)]
    fn load(pair: &Pair) -> Registers {
        let from: *const __m256i = pair.0.as_ptr().cast();
        // SAFETY: a pair is 64 bytes, aligned; the instructions are there.
        Registers(unsafe { [_mm256_load_si256(from), _mm256_load_si256(from.add(1))] })
    }

    #[inline(always)]
    fn store(self, pair: &mut Pair) {
        let to: *mut __m256i = pair.0.as_mut_ptr().cast();
        // SAFETY: as above.
        unsafe {
            _mm256_store_si256(to, self.0[0]);
            _mm256_store_si256(to.add(1), self.0[1]);
        }
    }

    #[inline(always)]
    fn full(a: Registers, b: Registers, c: Registers) -> (Registers, Registers) {
        let ([a0, a1], [b0, b1], [c0, c1]) = (a.0, b.0, c.0);
        let (low, high) = (full(a0, b0, c0), full(a1, b1, c1));
        (Registers([low.0, high.0]), Registers([low.1, high.1]))
    }

    #[inline(always)]
    fn half(a: Registers, b: Registers) -> (Registers, Registers) {
        let ([a0, a1], [b0, b1]) = (a.0, b.0);
        // SAFETY: the instructions are there.
        unsafe {
            let sums = [_mm256_xor_si256(a0, b0), _mm256_xor_si256(a1, b1)];
            (Registers(sums), Registers([_mm256_and_si256(a0, b0), _mm256_and_si256(a1, b1)]))
        }
    }

    #[inline(always)]
    fn add_where(bits: u64, value: u8, bytes: &mut [u8; 64]) {
        for (half, bytes) in bytes.as_chunks_mut::<32>().0.iter_mut().enumerate() {
            let bits = (bits >> (32 * half)) as i32;
            // SAFETY: 32 bytes are read and written; the instructions are there.
            unsafe {
                // Byte i of four copies of the bits is byte i / 8 of them; of that, bit i % 8.
                let places = _mm256_setr_epi64x(0, 0x0101_0101_0101_0101, 0x0202_0202_0202_0202, 0x0303_0303_0303_0303);
                let masks = _mm256_set1_epi64x(0x8040_2010_0804_0201_u64 as i64);
                let own = _mm256_and_si256(_mm256_shuffle_epi8(_mm256_set1_epi32(bits), places), masks);
                let add = _mm256_and_si256(_mm256_cmpeq_epi8(own, masks), _mm256_set1_epi8(value as i8));
                let sum = _mm256_add_epi8(_mm256_loadu_si256(bytes.as_ptr().cast()), add);
                _mm256_storeu_si256(bytes.as_mut_ptr().cast(), sum);
            }
        }
    }
}

#[inline(always)]
fn full(a: __m256i, b: __m256i, c: __m256i) -> (__m256i, __m256i) {
    // SAFETY: the instructions are there.
    unsafe {
        let differ = _mm256_xor_si256(a, b);
        (_mm256_xor_si256(differ, c), _mm256_or_si256(_mm256_and_si256(a, b), _mm256_and_si256(differ, c)))
    }
}
