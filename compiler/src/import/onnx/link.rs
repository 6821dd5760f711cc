//! Element-wise float functions, one after the other, computed in f32 in the model's order, as the reference runtimes do.

/// How far the runtimes' sigmoid and tanh may be from the true functions (they use approximations that differ from machine to machine).
const APPROXIMATION: f64 = 1.0 / (1u32 << 20) as f64;

/// What a link computes of `x` and its constants `a` and `b`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Function {
    /// `x + a`
    Add,
    /// `x - a`
    Sub,
    /// `a - x`
    SubFrom,
    /// `x * a`
    Mul,
    /// `x / a`
    Div,
    /// `x * a + b`, two roundings (batch normalisation).
    Affine,
    /// `max(x, 0)`
    Relu,
    /// `x` where it is at least 0, otherwise `x * a`, with `a` at least 0.
    LeakyRelu,
    /// `x` limited to `a ..= b`.
    Clip,
    Sigmoid,
    Tanh,
    /// -1, 0 or 1.
    Sign,
}

/// A function with its constants: one for all channels, or one for each.
#[derive(Clone, Debug, PartialEq)]
pub struct Link {
    pub function: Function,
    pub a: Vec<f32>,
    pub b: Vec<f32>,
}

/// To which side a value that is known only approximately is moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    Down,
    Exact,
    Up,
}

fn own(values: &[f32], channel: usize) -> f32 {
    match values {
        [] => 0.0,
        [one] => *one,
        many => many[channel],
    }
}

impl Link {
    /// A function without constants.
    pub fn plain(function: Function) -> Link {
        Link { function, a: Vec::new(), b: Vec::new() }
    }

    /// A function of one constant.
    pub fn with(function: Function, a: Vec<f32>) -> Link {
        Link { function, a, b: Vec::new() }
    }

    /// Whether all channels have the same constants.
    pub fn is_uniform(&self) -> bool {
        self.a.len() <= 1 && self.b.len() <= 1
    }

    /// Whether the function is computed only approximately.
    pub fn is_approximate(&self) -> bool {
        matches!(self.function, Function::Sigmoid | Function::Tanh)
    }

    /// 1 where the function never falls, -1 where it never rises, 0 where it is constant.
    pub fn direction(&self, channel: usize) -> i8 {
        let sign = |value: f32| match value {
            value if value > 0.0 => 1,
            value if value < 0.0 => -1,
            _ => 0,
        };
        match self.function {
            Function::Mul | Function::Div | Function::Affine => sign(own(&self.a, channel)),
            Function::SubFrom => -1,
            Function::Add
            | Function::Sub
            | Function::Relu
            | Function::LeakyRelu
            | Function::Clip
            | Function::Sigmoid
            | Function::Tanh
            | Function::Sign => 1,
        }
    }

    /// The function's value.
    pub fn apply(&self, x: f32, channel: usize, side: Side) -> f32 {
        let (a, b) = (own(&self.a, channel), own(&self.b, channel));
        match self.function {
            Function::Add => x + a,
            Function::Sub => x - a,
            Function::SubFrom => a - x,
            Function::Mul => x * a,
            Function::Div => x / a,
            Function::Affine => {
                let product = x * a;
                product + b
            }
            Function::Relu => x.max(0.0),
            Function::LeakyRelu if x >= 0.0 => x,
            Function::LeakyRelu => x * a,
            Function::Clip => x.max(a).min(b),
            Function::Sigmoid => near(1.0 / (1.0 + (-f64::from(x)).exp()), x, side),
            Function::Tanh => near(f64::from(x).tanh(), x, side),
            Function::Sign if x == 0.0 => 0.0,
            Function::Sign => x.signum(),
        }
    }
}

/// A value that the runtimes approximate; of 0 it is exact.
fn near(y: f64, x: f32, side: Side) -> f32 {
    match side {
        Side::Down if x != 0.0 => (y - APPROXIMATION) as f32,
        Side::Up if x != 0.0 => (y + APPROXIMATION) as f32,
        _ => y as f32,
    }
}

/// The chain's value at `x`.
pub fn apply(chain: &[Link], x: f32, channel: usize, side: Side) -> f32 {
    // A falling link behind an approximate one turns its error around; both sides are tried, so that does not matter.
    chain.iter().fold(x, |x, link| link.apply(x, channel, side))
}

/// The chain's direction in one channel.
pub fn direction(chain: &[Link], channel: usize) -> i8 {
    chain.iter().map(|link| link.direction(channel)).product()
}
