//! Where a quantiser meets a signal, nodes of the graph come into being.

use super::link::{self, Function, Link, Side};
use super::lower::{Context, Lowered, refuse};
use super::quantiser::Quantiser;
use super::signal::{Layout, Signal, Source, Sums, SumsKind};
use super::{borders, chosen, pairs, space, stairs};
use crate::graph::{Levels, Op, Padding, Tensor, TensorId, Window};

/// A window of one pixel.
pub const PIXEL: Window = Window { kernel: [1, 1], stride: [1, 1], dilation: [1, 1], padding: Padding { top: 0, left: 0, bottom: 0, right: 0 } };

impl Context<'_> {
    /// The activation that `quantiser` makes of `signal`, as real numbers.
    pub fn quantise(&mut self, signal: &Signal, quantiser: &Quantiser, name: &str) -> Lowered<Signal> {
        if signal.raw {
            return refuse("it reads integers", "real numbers (DequantizeLinear makes them)");
        }
        if !quantiser.scale.is_normal() || quantiser.scale < 0.0 {
            return refuse(format!("its scale is {}", quantiser.scale), "positive scales");
        }
        pools_keep_order(signal)?;
        let inner = if signal.pools.is_empty() { name.to_owned() } else { format!("{name}/before pool") };
        let mut id = match &signal.source {
            Source::Input(position) => borders::quantise_input(self, *position, signal, quantiser)?,
            Source::Tensor(id) => self.quantise_tensor(*id, signal, quantiser, &inner)?,
            Source::Sums(sums) => {
                let chosen = quantiser.chosen.then(|| chosen::output(sums, signal, quantiser)).flatten();
                let output = chosen.map_or_else(|| stairs::output(sums, signal, quantiser), Ok)?;
                let tensor = quantiser.tensor(&inner, signal.stored.clone());
                self.emit_sums(sums, output, tensor)?
            }
            Source::Pair(pair) => pairs::quantise(self, pair, signal, quantiser, &inner)?,
            Source::Concat(parts) => self.quantise_parts(parts, signal, quantiser, &inner)?,
            Source::Space(parts) => space::quantise(self, parts, signal, quantiser, &inner)?,
        };
        for (index, pool) in signal.pools.iter().enumerate() {
            let range = self.graph.tensors[id].range().map(|end| end as i8);
            let last = index + 1 == signal.pools.len();
            let own = if last { name.to_owned() } else { format!("{name}/pool {index}") };
            let tensor = Tensor { name: own, shape: pool.stored.clone(), ..self.graph.tensors[id].clone() };
            id = self.node(Op::MaxPool { window: pool.window, clamp: range }, vec![id], tensor)?;
        }
        Ok(self.activation(id, signal))
    }

    /// A stored activation as real numbers, seen as `like` is.
    pub fn activation(&self, id: TensorId, like: &Signal) -> Signal {
        let tensor = &self.graph.tensors[id];
        let chain = vec![Link::with(Function::Mul, vec![tensor.scale])];
        let (shape, layout) = (like.shape.clone(), like.layout);
        Signal { source: Source::Tensor(id), stored: tensor.shape.clone(), shape, layout, chain, pools: Vec::new(), raw: false }
    }

    /// The node of a weighted operation.
    pub fn emit_sums(&mut self, sums: &Sums, output: crate::graph::Output, tensor: Tensor) -> Lowered<TensorId> {
        let weights = sums.weights.clone();
        self.hold(weights.len())?;
        let op = match sums.kind {
            SumsKind::Conv(window) => Op::Conv { window, groups: 1, weights, output },
            SumsKind::Grouped(window, groups) => Op::Conv { window, groups, weights, output },
            SumsKind::Depthwise(window) | SumsKind::Average { window, .. } => Op::Depthwise { window, weights, output },
            SumsKind::FullyConnected => Op::FullyConnected { weights, output },
        };
        self.node(op, vec![sums.input], tensor)
    }

    /// An element-wise function of an activation: a table, or thresholds per channel.
    fn quantise_tensor(&mut self, id: TensorId, signal: &Signal, quantiser: &Quantiser, name: &str) -> Lowered<TensorId> {
        if !signal.is_uniform() || !quantiser.is_uniform() {
            return self.quantise_channels(id, signal, quantiser, name);
        }
        let target = quantiser.tensor(name, signal.stored.clone());
        let table = self.table(id, signal, &target, quantiser.chosen, |value| quantiser.store(value, 0))?;
        let source = &self.graph.tensors[id];
        let same = Tensor { name: source.name.clone(), ..target.clone() } == *source;
        if same && levels(source).all(|stored| table[index(stored)] == stored as i8) {
            return Ok(id);
        }
        self.node(Op::Table { table }, vec![id], target)
    }

    /// The table of a function of the chain's value; with `chosen`, no runtime has to agree with it. Entries for integers that do not occur
    /// take the value of one that does.
    pub fn table(&self, id: TensorId, signal: &Signal, target: &Tensor, chosen: bool, f: impl Fn(f32) -> i32) -> Lowered<Box<[i8; 256]>> {
        let source = &self.graph.tensors[id];
        let mut table = Box::new([0i8; 256]);
        let mut last = None;
        for stored in levels(source) {
            let sides = if chosen { [Side::Exact; 3] } else { [Side::Exact, Side::Down, Side::Up] }
                .map(|side| signal.value(stored - source.zero_point, 0, side));
            if sides.iter().any(|value| !value.is_finite()) {
                return refuse("the float functions overflow", "finite scales and biases");
            }
            let [own, down, up] = sides.map(&f);
            if own != down || own != up {
                return refuse("sigmoid or tanh comes so near to a step that runtimes disagree about it", "another output scale");
            }
            if !i16::try_from(own).is_ok_and(|own| target.takes(own)) {
                return refuse(format!("it would store {own}"), "quantisers with results of up to 8 bits");
            }
            let first = last.map_or(-128, |last: i32| last + 1);
            (first..=stored).for_each(|stored| table[index(stored)] = own as i8);
            last = Some(stored);
        }
        let (next, fill) = last.map_or((-128, 0), |last| (last + 1, table[index(last)]));
        (next..=127).for_each(|stored| table[index(stored)] = fill);
        Ok(table)
    }

    /// An element-wise function that differs from channel to channel: a depthwise convolution of one pixel with weights 1.
    fn quantise_channels(&mut self, id: TensorId, signal: &Signal, quantiser: &Quantiser, name: &str) -> Lowered<TensorId> {
        let (stored, channels) = (signal.stored.clone(), signal.channels());
        let source = &self.graph.tensors[id];
        let reach = source.range().map(|end| i32::from(end) - source.zero_point);
        let image = match stored[..] {
            [1, height, width, channels] => vec![1, height, width, channels],
            _ => vec![1, 1, stored.iter().product::<usize>() / channels.max(1), channels],
        };
        let input = self.reshaped(id, &image)?;
        let sums = Sums { kind: SumsKind::Depthwise(PIXEL), input, weights: vec![1; channels], bias: Vec::new(), reach: vec![reach; channels] };
        let output = stairs::output(&sums, signal, quantiser)?;
        let inner = if image == stored { name.to_owned() } else { format!("{name}/image") };
        let id = self.emit_sums(&sums, output, quantiser.tensor(&inner, image))?;
        self.reshaped(id, &stored)
    }

    /// The activation with another shape as stored.
    pub fn reshaped(&mut self, id: TensorId, shape: &[usize]) -> Lowered<TensorId> {
        let source = &self.graph.tensors[id];
        if source.shape == shape {
            return Ok(id);
        }
        let tensor = Tensor { name: format!("{}/shape", source.name), shape: shape.to_vec(), ..source.clone() };
        self.node(Op::Reshape, vec![id], tensor)
    }

    /// Each part quantised by itself, then joined.
    fn quantise_parts(&mut self, parts: &[Signal], whole: &Signal, quantiser: &Quantiser, name: &str) -> Lowered<TensorId> {
        if !quantiser.is_uniform() {
            return refuse("its thresholds differ from channel to channel of a concatenation", "a quantiser in front of the concatenation");
        }
        let (mut first, mut ids) = (0, Vec::new());
        for (index, part) in parts.iter().enumerate() {
            let channels = part.channels();
            let mut part = part.clone();
            let cut = |values: &[f32]| if values.len() > 1 { values[first..first + channels].to_vec() } else { values.to_vec() };
            part.chain.extend(whole.chain.iter().map(|link| Link { function: link.function, a: cut(&link.a), b: cut(&link.b) }));
            let part = self.quantise(&part, quantiser, &format!("{name}/part {index}"))?;
            let Source::Tensor(id) = part.source else {
                return refuse("a part is no activation", "activations");
            };
            ids.push(id);
            first += channels;
        }
        let tensor = quantiser.tensor(name, whole.stored.clone());
        self.node(Op::Concat, ids, tensor)
    }

    /// The activation behind a signal and its scale: the signal is `scale * (stored - zero point)`, to the bit.
    ///
    /// A function of the activation whose values are multiples of the scale (a rectifier, say) becomes a table.
    pub fn integers(&mut self, signal: &Signal) -> Lowered<(TensorId, f32)> {
        const FITS: &str = "quantised activations (Quant, BipolarQuant, MultiThreshold or QuantizeLinear with DequantizeLinear in front)";
        let id = match signal.source {
            Source::Tensor(id) => id,
            Source::Input(_) => {
                let fits = "float inputs behind a quantiser (Quant, or QuantizeLinear with DequantizeLinear; of pixels from 0 to 1: 8 bits, unsigned, \
                    scale 1/255, zero point 0); of a float model `fretwork quantise` makes integers";
                return refuse("it reads the float input, which is not quantised", fits);
            }
            _ => return refuse("it reads sums that are not quantised", FITS),
        };
        if signal.raw || !signal.pools.is_empty() || !signal.is_uniform() {
            return refuse("it reads real numbers that are no multiples of one scale", FITS);
        }
        let tensor = self.graph.tensors[id].clone();
        let scale = signal.value(1, 0, Side::Exact);
        let linear = |stored: i32| signal.value(stored - tensor.zero_point, 0, Side::Exact) == (stored - tensor.zero_point) as f32 * scale;
        if scale > 0.0 && scale.is_normal() && !signal.is_approximate() && levels(&tensor).all(linear) {
            return Ok((id, scale));
        }
        let values: Vec<f32> = levels(&tensor).map(|stored| signal.value(stored - tensor.zero_point, 0, Side::Exact)).collect();
        let multiples = |step: &f32| step.is_normal() && values.iter().all(|value| (value / step).round_ties_even() * step == *value);
        let steps = [tensor.scale, scale.abs(), signal.value(-1, 0, Side::Exact).abs()];
        let Some(step) = steps.into_iter().find(multiples).filter(|_| !signal.is_approximate()) else {
            return refuse("it reads real numbers that are no multiples of one scale", FITS);
        };
        let near = |value: f32| (value / step).round_ties_even();
        let shift = if values.iter().any(|value| near(*value) > 127.0) { 128 } else { 0 };
        let name = format!("{}/function", tensor.name);
        let target = Tensor { unsigned: shift > 0, ..Tensor::int8(name, tensor.shape.clone(), step, -shift) };
        let table = self.table(id, signal, &target, false, |value| near(value) as i32 - shift)?;
        Ok((self.node(Op::Table { table }, vec![id], target)?, step))
    }

    /// The same for an image: the stored activation has shape `[1, height, width, channels]`.
    pub fn image(&mut self, signal: &Signal) -> Lowered<(TensorId, f32)> {
        let [1, c, h, w] = signal.shape[..] else {
            return refuse("its input is no image", "images of shape [1, channels, height, width]");
        };
        match signal.layout {
            Layout::Image(own) if own == [c, h, w] => {}
            Layout::Same if c == 1 || h * w == 1 => {}
            Layout::Image(_) | Layout::Same => {
                return refuse("its input is an image whose values lie in another order", "images as convolutions and pools make them");
            }
        }
        let (id, scale) = self.integers(signal)?;
        Ok((self.reshaped(id, &[1, h, w, c])?, scale))
    }

    /// An integer tensor's meaning as a node of the QLinear kind tells it; inputs of the network learn it that way.
    pub fn meaning(&mut self, id: TensorId, scale: f32, zero_point: i32) -> Lowered<()> {
        if !scale.is_normal() || scale < 0.0 {
            return refuse(format!("its scale is {scale}"), "positive scales");
        }
        let tensor = &mut self.graph.tensors[id];
        let stored = zero_point - if tensor.unsigned { 128 } else { 0 };
        if self.open.remove(&id) {
            (tensor.scale, tensor.zero_point) = (scale, stored);
        }
        if (tensor.scale, tensor.zero_point) == (scale, stored) {
            return Ok(());
        }
        let reason = format!("it reads {:?} with scale {scale} and zero point {zero_point}, which differ from those it was made with", tensor.name);
        refuse(reason, "one scale and zero point for a value")
    }
}

/// The integers that an activation takes.
pub fn levels(tensor: &Tensor) -> impl Iterator<Item = i32> + use<> {
    let [low, high] = tensor.range().map(i32::from);
    let bipolar = tensor.levels == Levels::Bipolar;
    (low..=high).filter(move |stored| !bipolar || *stored != 0)
}

/// Where a stored integer's entry is.
fn index(stored: i32) -> usize {
    (stored + 128) as usize
}

/// A maximum may be taken of integers instead of real numbers where what follows never falls.
fn pools_keep_order(signal: &Signal) -> Lowered<()> {
    for pool in &signal.pools {
        let rest = signal.chain.get(pool.after..).unwrap_or_default();
        if let Some(channel) = (0..signal.channels()).find(|channel| link::direction(rest, *channel) < 0) {
            let reason = format!("a MaxPool stands before a function that falls in channel {channel}");
            return refuse(reason, "MaxPool behind the quantiser, or positive scales between MaxPool and quantiser");
        }
    }
    Ok(())
}
