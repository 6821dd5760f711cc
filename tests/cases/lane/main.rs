//! The lane core: random depthwise convolutions, pools, additions and tables, and its encoding.

mod encoding;
mod random;
