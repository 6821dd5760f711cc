use super::*;

const HALF: [Scale; 1] = [Scale { multiplier: 1, shift: 1 }];

fn plain(scales: &[Scale]) -> Epilogue<'_> {
    Epilogue::scaled(&[], scales, Rounding::Single, 0, [-128, 127])
}

fn window(kernel: usize, stride: usize, before: usize, after: usize) -> Window {
    Window { kernel: [kernel; 2], stride: [stride; 2], dilation: [1, 1], before: [before; 2], after: [after; 2] }
}

#[test]
fn conv_same_padding_reads_the_zero_point() {
    let image = Image { height: 2, width: 2, channels: 1 };
    let ones = [1; 9];
    let output: Vec<i8> = conv(&[5i8, 6, 7, 8], image, 4, &window(3, 1, 1, 1), 1, &ones, &plain(&[Scale::ONE]));
    assert_eq!(output, [10; 4]);
}

#[test]
fn depthwise_keeps_channels_apart() {
    let image = Image { height: 1, width: 2, channels: 2 };
    let shape = Window { kernel: [1, 2], ..window(1, 1, 0, 0) };
    assert_eq!(depthwise(&[1, 2, 3, 4], image, 0, &shape, &[1, 10, 2, 20], &plain(&[Scale::ONE])), [7, 100]);
}

#[test]
fn fully_connected_adds_bias_and_rounds_half_up() {
    let epilogue = Epilogue { bias: &[1, 0], ..plain(&HALF) };
    let output: Vec<i8> = fully_connected(&[1i8, 2], 0, &[1, 1, -1, -1], &epilogue);
    assert_eq!(output, [2, -1]);
}

#[test]
fn sixteen_bits_on_either_side() {
    let epilogue = Epilogue { bias: &[-100], clamp: [i16::MIN, i16::MAX], ..plain(&HALF) };
    let wide: Vec<i16> = fully_connected(&[300i16, -32768], 0, &[127, -1], &epilogue);
    assert_eq!(wide, [i16::MAX]);
    let narrow: Vec<i8> = fully_connected(&[300i16, 0], 0, &[1, 9], &Epilogue { clamp: [-128, 99], ..epilogue });
    assert_eq!(narrow, [99]);
    let image = Image { height: 1, width: 3, channels: 1 };
    let shape = Window { kernel: [1, 2], before: [0, 1], ..window(1, 1, 0, 0) };
    let wide: Vec<i16> = conv(&[-3i8, 127, 5], image, -3, &shape, 1, &[1, 100], &Epilogue { bias: &[], ..epilogue });
    assert_eq!(wide, [0, 6500, 465]);
}

#[test]
fn average_pool_rounds_half_away_from_zero_and_counts_inner_pixels_only() {
    let image = Image { height: 1, width: 3, channels: 1 };
    let shape = Window { kernel: [1, 2], stride: [1, 2], before: [0, 1], after: [0, 0], ..window(1, 1, 0, 0) };
    assert_eq!(average_pool(&[7, -1, -2], image, &shape, [-128, 127]), [7, -2]);
    assert_eq!(max_pool(&[7, -1, -2], image, &shape, [-128, 5]), [5, -1]);
}

#[test]
fn pad_mean_concat_and_table() {
    let image = Image { height: 1, width: 2, channels: 1 };
    let padded = pad(&[1, 2], image, 9, [1, 0], [0, 1]);
    assert_eq!(padded, [9, 9, 9, 1, 2, 9]);
    assert_eq!(mean(&[1, 5], image, 0, &plain(&HALF)), [3]);
    assert_eq!(select(&[1, 2, 3, 4, 5, 6], 3, &[2, 0]), [3, 1, 6, 4]);
    let pair = Image { height: 1, width: 2, channels: 2 };
    assert_eq!(displace(&[1, 2, 3, 4], pair, 9, &[[0, 1], [0, -1]]), [3, 9, 9, 2]);
    assert_eq!(concat(&[(&[1, 2, 3, 4], 2), (&[5, 6], 1)]), [1, 2, 5, 3, 4, 6]);
    let mut negate = [0; 256];
    negate[(7 + 128) as usize] = -7;
    assert_eq!(table(&[7, 0], &negate), [-7, 0]);
}

#[test]
fn add_and_mul_constant() {
    let half = Scale { multiplier: 1 << 30, shift: 0 };
    let back = Epilogue { scales: &[Scale { multiplier: 1 << 30, shift: -18 }], rounding: Rounding::Double, ..plain(&[]) };
    assert_eq!(add([&[3, -128], &[5, -128]], [0, 0], [half, half], &back), [8, -128]);
    assert_eq!(mul_constant(&[3, 4, 5, 6], 1, &[2, -3], &plain(&[Scale::ONE])), [4, -9, 8, -15]);
}
