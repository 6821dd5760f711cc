/// Concatenation over the last axis: each input comes with its number of channels.
pub fn concat(inputs: &[(&[i8], usize)]) -> Vec<i8> {
    let pixels = inputs.first().map_or(0, |(data, channels)| data.len() / channels);
    let mut output = Vec::new();
    for pixel in 0..pixels {
        for (data, channels) in inputs {
            output.extend(&data[pixel * channels..][..*channels]);
        }
    }
    output
}
