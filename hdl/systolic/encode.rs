//! The weight stream: tile by tile in the order of use, one word per array row, one weight per column.
//!
//! Tile order: output tiles outermost, then kernel rows, kernel columns, input tiles. Inputs and outputs beyond the layer's are zeros. Tiles of
//! zeros are left out (`tiles.rs`).

use super::stream::read;
use super::tiles::Tiles;
use crate::accelerator::Accelerator;
use crate::config::{Config, Kind};
use crate::images::Images;
use crate::shell::encode::{Loop, epilogue, input, levels, out_levels};
use crate::step::{Conv, Step, Work};

/// Appends weights and parameters, returns the step-table entry. The step must fit.
pub fn encode(step: &Step, accelerator: &Accelerator, images: &mut Images) -> Config {
    let Work::Conv(conv) = &step.work else { unreachable!("only convolutions fit the systolic core") };
    let (rows, cols) = (accelerator.rows, accelerator.cols);
    let mut config = Config::new(Kind::Systolic);
    let [kh, kw] = conv.window.kernel;
    let in_tiles = conv.in_channels.div_ceil(rows);
    let out_tiles = conv.out_channels.div_ceil(cols);
    let passes = step.output.height / conv.rows_per_tile;

    let tiles = Tiles::of(conv, accelerator);
    config.weight_base = (images.weights.len() / accelerator.stream.word_bytes(cols)) as u32;
    config.table = accelerator.stream.append(&stream(conv, accelerator), cols, images) as u16;
    config.weight_words = (tiles.count() * rows) as u32;
    config.passes = passes as u16;

    let pixel = step.input.stride as isize;
    let row = pixel * step.input.width as isize;
    let [sy, sx] = conv.window.stride.map(|v| v as isize);
    let [dy, dx] = conv.window.dilation.map(|v| v as isize);
    let tile_rows = conv.rows_per_tile as isize * sy;
    let loops = [
        Loop { count: step.output.width, addr: sx * pixel, y: 0, x: sx },
        Loop { count: conv.rows_per_tile, addr: sy * row, y: sy, x: 0 },
        Loop::over(in_tiles, 0),
        Loop { count: kw, addr: dx * pixel, y: 0, x: dx },
        Loop { count: kh, addr: dy * row, y: dy, x: 0 },
        Loop::over(out_tiles, 0),
        Loop { count: passes, addr: tile_rows * row, y: tile_rows, x: 0 },
    ];
    config.levels = levels(loops, true, accelerator.slices());
    input(&mut config, &step.input, conv.window.origin, conv.pad_value);
    if tiles.skipped() > 0 {
        tiles.list(&mut config, accelerator, images);
    }

    let pixels = conv.rows_per_tile * step.output.width;
    config.out_base = step.output.base as u16;
    config.out = out_levels(pixels, step.output.stride, out_tiles, accelerator.banks(), passes);
    if let Some(e) = &step.epilogue {
        epilogue(&mut config, e, accelerator, images);
    }
    config
}

/// The weights in the order of use, `cols` per array row.
pub fn stream(conv: &Conv, accelerator: &Accelerator) -> Vec<i8> {
    let (rows, cols) = (accelerator.rows, accelerator.cols);
    let tiles = Tiles::of(conv, accelerator);
    let mut stream = Vec::new();
    let taps = conv.window.kernel[0] * conv.window.kernel[1];
    let in_tiles = tiles.all / taps;
    for (out_tile, own) in tiles.outputs.iter().enumerate() {
        for &tile in own {
            let (tap, first) = (tile as usize / in_tiles, tile as usize % in_tiles * rows);
            for input in first..first + rows {
                stream.extend((out_tile * cols..(out_tile + 1) * cols).map(|out| {
                    let exists = out < conv.out_channels && input < conv.in_channels;
                    if exists { conv.weights[(out * taps + tap) * conv.in_channels + input] } else { 0 }
                }));
            }
        }
    }
    stream
}

/// Weights `[out][kh][kw][in]` with outputs and inputs as the encoding holds them: whole tiles; those left out are zeros.
pub fn decode(config: &Config, accelerator: &Accelerator, images: &Images) -> Vec<i8> {
    let (rows, cols) = (accelerator.rows, accelerator.cols);
    let Ok(tiles) = Tiles::read(config, accelerator, images) else { unreachable!("an encoded step has its tiles") };
    let depth = tiles.all * rows;
    let Some(stream) = read(config, accelerator, images) else { unreachable!("an encoded step has its weights") };
    let mut words = stream.chunks_exact(cols);
    let mut weights = vec![0; tiles.outputs.len() * cols * depth];
    for (out_tile, own) in tiles.outputs.iter().enumerate() {
        for k in own.iter().flat_map(|tile| *tile as usize * rows..(*tile as usize + 1) * rows) {
            for (column, &weight) in words.next().into_iter().flatten().enumerate() {
                weights[(out_tile * cols + column) * depth + k] = weight;
            }
        }
    }
    weights
}
