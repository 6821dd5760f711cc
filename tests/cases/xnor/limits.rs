//! Which weights and sums the core takes, and what a step table may ask of it.

use fretwork_hdl::shell::check::check;
use fretwork_hdl::xnor::{XnorCore, sums_fit, weight_bits};
use fretwork_hdl::{Accelerator, BitPlanes, Images, Kind, Region, Step, Window, Work, Xnor, core};

#[test]
fn a_layer_has_as_many_bits_as_its_widest_weight() {
    for (weights, bits) in [
        (&[1, -1, 1][..], 1),
        (&[1, 0][..], 2),
        (&[0, 0], 2),
        (&[1, -2], 2),
        (&[2], 3),
        (&[-4, 3], 3),
        (&[-5], 4),
        (&[7], 4),
        (&[64], 8),
        (&[-64], 7),
        (&[-128], 8),
        (&[127], 8),
    ] {
        assert_eq!(weight_bits(weights), bits, "{weights:?}");
    }
}

#[test]
fn sums_stay_below_two_to_the_thirtieth() {
    let bytes = |bits: usize| BitPlanes::Bytes { bits, signed: true };
    for (planes, weight_bits, most) in
        [(bytes(8), 8, (1 << 30) / (255 * 128)), (bytes(1), 2, (1 << 29) - 1), (BitPlanes::Bipolar, 8, (1 << 22) - 1), (bytes(8), 1, (1 << 30) / 255)]
    {
        assert!(sums_fit(most, planes, weight_bits), "{planes:?}, {weight_bits}, {most}");
        assert!(!sums_fit(most + 1, planes, weight_bits), "{planes:?}, {weight_bits}, {most}");
    }
}

fn accelerator(weight_bits: usize) -> Accelerator {
    let mut accelerator = Accelerator::with_shape(4, 4, 4);
    accelerator.activation_words = 16;
    accelerator.xnor = Some(XnorCore { weight_words: 64, weight_bits, ..XnorCore::new(4, 8) });
    accelerator
}

/// A product of one input and one output of a pixel.
fn step(weight_bits: usize, weight: i8) -> Step {
    let region = |base: usize| Region { base, stride: 1, height: 1, width: 1, words: 1 };
    let planes = BitPlanes::Bytes { bits: 8, signed: true };
    let work = Xnor { window: Window::POINT, planes, pad_value: Some(0), out_channels: 1, in_channels: 1, weight_bits, weights: vec![weight] };
    Step { name: "it".into(), work: Work::Xnor(work), input: region(0), output: region(1), epilogue: None }
}

#[test]
fn what_does_not_fit_is_refused_in_words() {
    let unit = core(Kind::Xnor).expect("a core");
    let refused = |core_bits: usize, weight_bits: usize, weight: i8| {
        unit.fits(&step(weight_bits, weight), &accelerator(core_bits)).expect_err("a misfit").to_string()
    };
    assert_eq!(unit.fits(&step(3, -4), &accelerator(4)), Ok(()));
    assert_eq!(unit.fits(&step(1, -1), &accelerator(8)), Ok(()));
    for (found, part) in [
        (refused(4, 5, 1), "weights of 5 bits, the binary core takes 4"),
        (refused(8, 9, 1), "weights of 9 bits, the binary core takes 8"),
        (refused(8, 0, 1), "weights of 0 bits"),
        (refused(8, 3, 4), "weights -4 to 3"),
        (refused(8, 1, 0), "weights -1 and 1"),
        (refused(8, 1, -128), "weights -1 and 1"),
    ] {
        assert!(found.contains(part), "{found}");
    }
    let wide = accelerator(9).validate().expect_err("a misfit").to_string();
    assert!(wide.contains("xnor_weight_bits must be in 1..=8"), "{wide}");
}

/// The hardware of narrower weights refuses a step table with wider ones.
#[test]
fn a_step_with_more_weight_planes_than_the_core_has_is_refused() {
    let (wide, mut images) = (accelerator(4), Images::default());
    let mut config = core(Kind::Xnor).expect("a core").encode(&step(4, -8), &wide, &mut images);
    config.last = true;
    images.push_params(&[fretwork_hdl::Channel::PAD; 4], 4);
    images.push_step(&config);
    assert_eq!(check(&wide, &images).map(|configs| configs.len()), Ok(1));
    let fault = check(&accelerator(3), &images).expect_err("a fault").to_string();
    assert!(fault.contains("the number of bits of a weight is 4, the most is 3"), "{fault}");
}
