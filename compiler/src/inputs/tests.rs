use super::*;
use crate::graph::HostStep;

fn npy(dtype: &str, shape: &str, body: &[u8]) -> Vec<u8> {
    let header = format!("{{'descr': '{dtype}', 'fortran_order': False, 'shape': {shape}, }}\n");
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((header.len() as u16).to_le_bytes());
    bytes.extend(header.as_bytes());
    bytes.extend(body);
    bytes
}

fn graph() -> Graph {
    let tensor = Tensor::int8("x", vec![1, 2, 2], 0.5, -1);
    Graph { name: "g".into(), tensors: vec![tensor], nodes: Vec::new(), inputs: vec![0], outputs: vec![0], host: Vec::new() }
}

fn inferences(bytes: &[u8]) -> Result<Vec<Inference>, String> {
    from_arrays(&graph(), &[("x.npy".into(), parse(bytes)?)]).map_err(|error| error.to_string())
}

#[test]
fn shapes_with_and_without_the_number_of_inferences() {
    let eight = [1, 2, 3, 4, 255, 254, 253, 252];
    assert_eq!(inferences(&npy("|i1", "(2, 2, 2)", &eight)).unwrap(), [[[1, 2, 3, 4]], [[-1, -2, -3, -4]]]);
    assert_eq!(inferences(&npy("|i1", "(2, 2)", &eight[..4])).unwrap(), [[[1, 2, 3, 4]]]);
    let floats: Vec<u8> = [0.0f32, 1.0, -1.26, 1e9].iter().flat_map(|v| v.to_le_bytes()).collect();
    assert_eq!(inferences(&npy("<f4", "(2, 2)", &floats)).unwrap(), [[[-1, 1, -4, 127]]]);
}

#[test]
fn mistakes_are_named() {
    let says = |bytes: &[u8]| inferences(bytes).unwrap_err();
    assert_eq!(says(&npy("|i1", "(4,)", &[0; 4])), "x.npy: the array's shape is [4], input 'x' is [1, 2, 2]; it must be [N, 2, 2] or [2, 2]");
    assert_eq!(says(&npy("|u1", "(2, 2)", &[0; 4])), "x.npy: the array's type is '|u1', must be int8 ('|i1') or float32 ('<f4')");
    assert_eq!(says(&npy("|i1", "(0, 2, 2)", &[])), "x.npy: the array holds no inference, at least 1 is required");
    assert_eq!(says(&npy("|i1", "(2, 2)", &[0; 3])), "the array file is damaged: shape [2, 2] of '|i1' takes 4 bytes, there are 3");
    let huge = "(18446744073709551615, 18446744073709551615)";
    assert!(says(&npy("<f4", huge, &[])).contains("takes more than there can be bytes"));
    assert!(says(&npy("<f8", "(2, 2)", &[0; 32])).contains("the array's type is '<f8'; supported are int8"));
    assert!(says(b"\x93NUMPY\x01\x00\xff").contains("ends within its header"));
    assert!(says(b"text").contains("no NumPy array"));
    assert_eq!(says(&npy("<f4", "(2, 2)", &[0, 0, 0xc0, 0x7f].repeat(4))), "x.npy: element 0 is not a number");
    let none = from_arrays(&graph(), &[]).unwrap_err().to_string();
    assert_eq!(none, "0 input files were given, the network takes 1 ('x'); give one --input for each, in this order");
}

#[test]
fn images_of_models_that_take_nchw() {
    let tensor = |shape: &[usize]| Tensor::int8("x", shape.to_vec(), 1.0, 0);
    let host = vec![HostStep::FromNchw { input: 0 }];
    let graph = |shape: &[usize]| Graph { tensors: vec![tensor(shape)], host: host.clone(), ..graph() };
    let read = |graph: &Graph, shape: &str, body: &[u8]| {
        from_arrays(graph, &[("x.npy".into(), parse(&npy("|i1", shape, body)).unwrap())]).map_err(|error| error.to_string())
    };
    let (wide, square) = (graph(&[1, 1, 3, 2]), graph(&[1, 2, 2, 2]));
    let nhwc = [[[1, 4, 2, 5, 3, 6]]];
    assert_eq!(read(&wide, "(1, 2, 1, 3)", &[1, 2, 3, 4, 5, 6]).unwrap(), nhwc);
    assert_eq!(read(&wide, "(2, 1, 3)", &[1, 2, 3, 4, 5, 6]).unwrap(), nhwc);
    assert_eq!(read(&wide, "(1, 1, 3, 2)", &[1, 4, 2, 5, 3, 6]).unwrap(), nhwc);
    let both = [1, 2, 3, 4, 5, 6, 7, 8, 11, 12, 13, 14, 15, 16, 17, 18];
    assert_eq!(read(&square, "(2, 2, 2, 2)", &both).unwrap(), [[[1, 5, 2, 6, 3, 7, 4, 8]], [[11, 15, 12, 16, 13, 17, 14, 18]]]);
    let message = "x.npy: the array's shape is [6], input 'x' is [1, 2, 1, 3]; it must be [N, 2, 1, 3] or [2, 1, 3], or channels last [N, 1, 3, 2] \
        or [1, 3, 2]";
    assert_eq!(read(&wide, "(6,)", &[0; 6]).unwrap_err(), message);
}

#[test]
fn int16_inputs_are_bytes_of_int16() {
    let mut graph = graph();
    (graph.tensors[0].wide, graph.tensors[0].zero_point) = (true, 0);
    let read = |bytes: &[u8]| from_arrays(&graph, &[("x.npy".into(), parse(bytes).unwrap())]).map_err(|error| error.to_string());
    let values: Vec<u8> = [1i16, -2, 300, -32768].iter().flat_map(|value| value.to_le_bytes()).collect();
    assert_eq!(read(&npy("<i2", "(1, 2, 2)", &values)).unwrap(), [[[1, 0, -2, -1, 44, 1, 0, -128]]]);
    let floats: Vec<u8> = [0.0f32, 0.5, -1.26, 1e9].iter().flat_map(|v| v.to_le_bytes()).collect();
    assert_eq!(read(&npy("<f4", "(2, 2)", &floats)).unwrap(), [[[0, 0, 1, 0, -3, -1, -1, 127]]]);
    assert_eq!(read(&npy("|i1", "(2, 2)", &[0; 4])).unwrap_err(), "x.npy: the array's type is '|i1', must be int16 ('<i2') or float32 ('<f4')");
    assert_eq!(random(&graph, 1, 7)[0][0].len(), 8);
}

#[test]
fn labels_are_classes() {
    let says = |dtype: &str, shape: &str, body: &[u8]| labels("y.npy", &parse(&npy(dtype, shape, body)).unwrap(), 10).map_err(|e| e.to_string());
    assert_eq!(says("<i4", "(2,)", &[3, 0, 0, 0, 9, 0, 0, 0]), Ok(vec![3, 9]));
    assert_eq!(says("|u1", "(2, 1)", &[3, 10]), Err("y.npy: label 1 is 10, must be in 0..10".into()));
    assert_eq!(says("|i1", "(1,)", &[255]), Err("y.npy: label 0 is -1, must be in 0..10".into()));
    assert!(says("|u1", "(2, 2)", &[0; 4]).unwrap_err().contains("one integer per inference"));
}

#[test]
fn random_inputs_depend_on_the_seed_alone() {
    let graph = graph();
    assert_eq!(random(&graph, 3, 7)[..2], random(&graph, 2, 7)[..]);
    assert_ne!(random(&graph, 1, 7), random(&graph, 1, 8));
    let two = random(&graph, 2, 7);
    assert_ne!(two[0], two[1]);
}
