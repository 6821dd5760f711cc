//! Plain loops, compiled once per instruction set and chosen at run time.

/// Work whose loops gain from wider vectors. `run` and everything it calls in loops has to be inlined, or it is compiled for the lowest set.
pub(crate) trait Job {
    type Output;
    fn run(self) -> Self::Output;
}

/// Runs the job on the best instruction set there is.
pub(crate) fn vectorised<J: Job>(job: J) -> J::Output {
    #[cfg(target_arch = "x86_64")]
    {
        let wide = is_x86_feature_detected!("popcnt") && is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512dq");
        if wide && is_x86_feature_detected!("avx512bw") && is_x86_feature_detected!("avx512vl") {
            // SAFETY: the features are there.
            return unsafe { avx512(job) };
        }
        if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("popcnt") {
            // SAFETY: the feature is there.
            return unsafe { avx2(job) };
        }
    }
    job.run()
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512dq,avx512bw,avx512vl,popcnt")]
fn avx512<J: Job>(job: J) -> J::Output {
    job.run()
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,popcnt")]
fn avx2<J: Job>(job: J) -> J::Output {
    job.run()
}
