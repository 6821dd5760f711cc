//! Accessors for the part of the published TFLite schema (version 3) that the importer reads, on top of the `flatbuffers` crate. A slot is the
//! byte offset in a table's vtable: 4 for the first field, 6 for the second and so on.
//!
//! Nothing here is read before the verifier has passed over all of it, which is what makes the `unsafe` reads sound: every accessor reads
//! exactly the slot and type that the verifier has visited.

use flatbuffers::{Follow, ForwardsUOffset, InvalidFlatbuffer, Table, Vector, Verifiable, Verifier};

type Verified = Result<(), InvalidFlatbuffer>;
/// A vector of tables.
pub type Tables<'a, T> = Vector<'a, ForwardsUOffset<T>>;

/// Defines a table: scalars with their defaults, then links to vectors, strings and other tables, which may be absent.
macro_rules! table {
    ($(#[$doc:meta])* $name:ident {
        $($scalar:ident @ $scalar_slot:literal: $scalar_type:ty = $default:literal,)*
        $(=> $link:ident @ $link_slot:literal: $link_type:ty,)*
    }) => {
        $(#[$doc])*
        #[derive(Clone, Copy)]
        pub struct $name<'a>(Table<'a>);

        impl<'a> Follow<'a> for $name<'a> {
            type Inner = Self;
            unsafe fn follow(bytes: &'a [u8], at: usize) -> Self {
                // SAFETY: the caller promises a verified table at `at`.
                Self(unsafe { Table::new(bytes, at) })
            }
        }

        impl<'a> $name<'a> {
            $(pub fn $scalar(&self) -> $scalar_type {
                // SAFETY: the verifier has visited this slot with this type.
                unsafe { self.0.get::<$scalar_type>($scalar_slot, Some($default)) }.unwrap_or($default)
            })*
            $(pub fn $link(&self) -> Option<$link_type> {
                // SAFETY: the verifier has visited this slot with this type.
                unsafe { self.0.get::<ForwardsUOffset<$link_type>>($link_slot, None) }
            })*
        }

        impl<'a> Verifiable for $name<'a> {
            fn run_verifier(verifier: &mut Verifier, at: usize) -> Verified {
                verifier.visit_table(at)?
                    $(.visit_field::<$scalar_type>(stringify!($scalar), $scalar_slot, false)?)*
                    $(.visit_field::<ForwardsUOffset<$link_type>>(stringify!($link), $link_slot, false)?)*
                    .finish();
                Ok(())
            }
        }
    };
}

table! {
    /// The root of a file.
    Model {
        version @ 4: u32 = 0,
        => operator_codes @ 6: Tables<'a, OperatorCode<'a>>,
        => subgraphs @ 8: Tables<'a, SubGraph<'a>>,
        => buffers @ 12: Tables<'a, Buffer<'a>>,
        => metadata @ 16: Tables<'a, Metadata<'a>>,
    }
}
table! {
    /// Bytes of any meaning, by name.
    Metadata {
        buffer @ 6: u32 = 0,
        => name @ 4: &'a str,
    }
}
table! {
    /// The root of the compression metadata, a FlatBuffer of its own.
    Compression {
        schema_version @ 4: u32 = 1,
        => subgraphs @ 6: Tables<'a, CompressedSubGraph<'a>>,
    }
}
table! {
    /// The compressed tensors of a network.
    CompressedSubGraph {
        => lut_tensors @ 4: Tables<'a, LookUpTensor<'a>>,
    }
}
table! {
    /// A tensor whose buffer holds indices into a buffer of values.
    LookUpTensor {
        tensor @ 4: i32 = 0,
        value_buffer @ 6: u32 = 0,
        index_bitwidth @ 8: u8 = 0,
    }
}
table! {
    /// Which operator; codes above 127 are in `builtin_code` only.
    OperatorCode {
        deprecated_builtin_code @ 4: i8 = 0,
        builtin_code @ 10: i32 = 0,
        => custom_code @ 6: &'a str,
    }
}
table! {
    /// Bytes of constant tensors.
    Buffer {
        => data @ 4: Vector<'a, u8>,
    }
}
table! {
    /// A network.
    SubGraph {
        => tensors @ 4: Tables<'a, Tensor<'a>>,
        => inputs @ 6: Vector<'a, i32>,
        => outputs @ 8: Vector<'a, i32>,
        => operators @ 10: Tables<'a, Operator<'a>>,
    }
}
table! {
    /// An activation or a constant.
    Tensor {
        kind @ 6: i8 = 0,
        buffer @ 8: u32 = 0,
        is_variable @ 14: bool = false,
        => shape @ 4: Vector<'a, i32>,
        => name @ 10: &'a str,
        => quantization @ 12: Quantization<'a>,
        => sparsity @ 16: Sparsity<'a>,
        => shape_signature @ 18: Vector<'a, i32>,
    }
}
table! {
    /// Scales and zero points, one or one per channel.
    Quantization {
        details_type @ 12: u8 = 0,
        quantized_dimension @ 16: i32 = 0,
        => scale @ 8: Vector<'a, f32>,
        => zero_point @ 10: Vector<'a, i64>,
    }
}
table! {
    /// Only its presence matters: sparse tensors are not supported.
    #[allow(dead_code)]
    Sparsity {}
}
table! {
    /// Options of CONV_2D.
    Conv2DOptions {
        padding @ 4: i8 = 0,
        stride_w @ 6: i32 = 0,
        stride_h @ 8: i32 = 0,
        activation @ 10: i8 = 0,
        dilation_w @ 12: i32 = 1,
        dilation_h @ 14: i32 = 1,
    }
}
table! {
    /// Options of DEPTHWISE_CONV_2D.
    DepthwiseConv2DOptions {
        padding @ 4: i8 = 0,
        stride_w @ 6: i32 = 0,
        stride_h @ 8: i32 = 0,
        depth_multiplier @ 10: i32 = 0,
        activation @ 12: i8 = 0,
        dilation_w @ 14: i32 = 1,
        dilation_h @ 16: i32 = 1,
    }
}
table! {
    /// Options of AVERAGE_POOL_2D and MAX_POOL_2D.
    Pool2DOptions {
        padding @ 4: i8 = 0,
        stride_w @ 6: i32 = 0,
        stride_h @ 8: i32 = 0,
        filter_w @ 10: i32 = 0,
        filter_h @ 12: i32 = 0,
        activation @ 14: i8 = 0,
    }
}
table! {
    /// Options of FULLY_CONNECTED.
    FullyConnectedOptions {
        activation @ 4: i8 = 0,
        weights_format @ 6: i8 = 0,
    }
}
table! {
    /// Options of SOFTMAX.
    SoftmaxOptions {
        beta @ 4: f32 = 0.0,
    }
}
table! {
    /// Options of CONCATENATION.
    ConcatenationOptions {
        axis @ 4: i32 = 0,
        activation @ 6: i8 = 0,
    }
}
table! {
    /// Options of ADD.
    AddOptions {
        activation @ 4: i8 = 0,
    }
}
table! {
    /// Options of MUL.
    MulOptions {
        activation @ 4: i8 = 0,
    }
}

table! {
    /// Options of GATHER.
    GatherOptions {
        axis @ 4: i32 = 0,
        batch_dims @ 6: i32 = 0,
    }
}
table! {
    /// Options of STRIDED_SLICE.
    StridedSliceOptions {
        begin_mask @ 4: i32 = 0,
        end_mask @ 6: i32 = 0,
        ellipsis_mask @ 8: i32 = 0,
        new_axis_mask @ 10: i32 = 0,
        shrink_axis_mask @ 12: i32 = 0,
        offset @ 14: bool = false,
    }
}

/// A table of options and the number under which an operator holds it.
pub trait Options<'a>: Follow<'a, Inner = Self> + Verifiable + 'a {
    const KEY: u8;
}

macro_rules! options {
    ($($name:ident = $key:literal),*) => {
        $(impl<'a> Options<'a> for $name<'a> { const KEY: u8 = $key; })*

        /// Verifies the options with number `key`; options of other operators are never read.
        fn verify_options(key: u8, verifier: &mut Verifier, at: usize) -> Verified {
            match key {
                $($key => verifier.verify_union_variant::<ForwardsUOffset<$name>>(stringify!($name), at),)*
                _ => Ok(()),
            }
        }
    };
}

options! {
    Conv2DOptions = 1, DepthwiseConv2DOptions = 2, Pool2DOptions = 5, FullyConnectedOptions = 8, SoftmaxOptions = 9,
    ConcatenationOptions = 10, AddOptions = 11, MulOptions = 21,
    GatherOptions = 23, StridedSliceOptions = 32
}

/// One step of a network.
#[derive(Clone, Copy)]
pub struct Operator<'a>(Table<'a>);

const OPCODE_INDEX: u16 = 4;
const INPUTS: u16 = 6;
const OUTPUTS: u16 = 8;
const OPTIONS_KEY: u16 = 10;
const OPTIONS: u16 = 12;

impl<'a> Operator<'a> {
    pub fn opcode_index(&self) -> u32 {
        // SAFETY: the verifier has visited this slot with this type.
        unsafe { self.0.get::<u32>(OPCODE_INDEX, Some(0)) }.unwrap_or(0)
    }

    pub fn inputs(&self) -> Option<Vector<'a, i32>> {
        // SAFETY: the verifier has visited this slot with this type.
        unsafe { self.0.get::<ForwardsUOffset<Vector<i32>>>(INPUTS, None) }
    }

    pub fn outputs(&self) -> Option<Vector<'a, i32>> {
        // SAFETY: the verifier has visited this slot with this type.
        unsafe { self.0.get::<ForwardsUOffset<Vector<i32>>>(OUTPUTS, None) }
    }

    /// The operator's options if they are of this kind.
    pub fn options<T: Options<'a>>(&self) -> Option<T> {
        // SAFETY: the verifier has visited the key, and the options as the type that belongs to the key.
        unsafe {
            let key = self.0.get::<u8>(OPTIONS_KEY, Some(0)).unwrap_or(0);
            if key == T::KEY { self.0.get::<ForwardsUOffset<T>>(OPTIONS, None) } else { None }
        }
    }
}

impl<'a> Follow<'a> for Operator<'a> {
    type Inner = Self;
    unsafe fn follow(bytes: &'a [u8], at: usize) -> Self {
        // SAFETY: the caller promises a verified table at `at`.
        Self(unsafe { Table::new(bytes, at) })
    }
}

impl Verifiable for Operator<'_> {
    fn run_verifier(verifier: &mut Verifier, at: usize) -> Verified {
        verifier
            .visit_table(at)?
            .visit_field::<u32>("opcode_index", OPCODE_INDEX, false)?
            .visit_field::<ForwardsUOffset<Vector<i32>>>("inputs", INPUTS, false)?
            .visit_field::<ForwardsUOffset<Vector<i32>>>("outputs", OUTPUTS, false)?
            .visit_union::<u8, _>("options_key", OPTIONS_KEY, "options", OPTIONS, false, verify_options)?
            .finish();
        Ok(())
    }
}
