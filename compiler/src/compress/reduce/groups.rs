//! Groups of channels that can take each other's places: made by the same layers, read by the same layers.

use std::collections::{BTreeMap, HashMap, HashSet};

use ndarray::Array2;

use crate::import::onnx::float::{Channels, ClassId, Network};

/// A layer, and for each class of a group its places among the layer's output or input channels.
pub type Places = (usize, Vec<Vec<usize>>);

/// Classes of channels that are made and read by the same layers; none of them has to stay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// The classes, in the order of the first layer that makes them.
    pub classes: Vec<ClassId>,
    /// Layers that make them.
    pub producers: Vec<Places>,
    /// Layers that read them.
    pub consumers: Vec<Places>,
}

/// A parameter of a layer.
#[derive(Clone, Copy)]
enum Parameter {
    /// Layer and position of a weight.
    Weight(usize, usize),
    /// Layer and row of a bias.
    Bias(usize, usize),
}

/// The groups of a network, in the order of the layers.
pub fn groups(channels: &Channels) -> Vec<Group> {
    let lists = |of: &dyn Fn(usize) -> HashMap<ClassId, Vec<usize>>| (0..channels.layers()).map(of).collect::<Vec<_>>();
    let outputs = lists(&|layer| Channels::places(channels.outputs(layer)));
    let inputs = lists(&|layer| Channels::places(channels.inputs(layer)));
    // By the layers that make and read a class, and how often.
    let mut found: BTreeMap<[Vec<(usize, usize)>; 2], Vec<ClassId>> = BTreeMap::new();
    let mut seen = HashSet::new();
    let (makers, readers) = (users(&outputs), users(&inputs));
    for class in (0..channels.layers()).flat_map(|layer| channels.outputs(layer)) {
        if channels.class(*class).stays.is_none() && seen.insert(*class) {
            let key = [&makers, &readers].map(|users| users.get(class).cloned().unwrap_or_default());
            found.entry(key).or_default().push(*class);
        }
    }
    let places = |users: &[(usize, usize)], lists: &[HashMap<ClassId, Vec<usize>>], classes: &[ClassId]| -> Vec<Places> {
        let own = |layer: usize| classes.iter().map(|class| lists[layer].get(class).cloned().unwrap_or_default()).collect();
        users.iter().map(|(layer, _)| (*layer, own(*layer))).collect()
    };
    let group = |([makers, readers], classes): ([Vec<(usize, usize)>; 2], Vec<ClassId>)| Group {
        producers: places(&makers, &outputs, &classes),
        consumers: places(&readers, &inputs, &classes),
        classes,
    };
    found.into_iter().map(group).collect()
}

/// For each class the layers in whose lists it is, and how often.
fn users(lists: &[HashMap<ClassId, Vec<usize>>]) -> HashMap<ClassId, Vec<(usize, usize)>> {
    let mut users: HashMap<ClassId, Vec<(usize, usize)>> = HashMap::new();
    for (layer, places) in lists.iter().enumerate() {
        places.iter().for_each(|(class, own)| users.entry(*class).or_default().push((layer, own.len())));
    }
    users
}

impl Group {
    /// The name of the first layer that makes the channels.
    pub fn name<'n>(&self, network: &'n Network) -> &'n str {
        self.producers.first().map_or("", |(layer, _)| &network.layers()[*layer].name[..])
    }

    /// Whether one of the layers that make the channels is chosen.
    pub fn is_chosen(&self, chosen: &[bool]) -> bool {
        self.producers.iter().any(|(layer, _)| chosen[*layer])
    }

    /// The weights and biases that make a class.
    fn made_by(&self, network: &Network, class: usize) -> Vec<Parameter> {
        let row = |layer: usize, row: usize| {
            let cols = network.layers()[layer].cols();
            (row * cols..(row + 1) * cols).map(move |index| Parameter::Weight(layer, index)).chain([Parameter::Bias(layer, row)])
        };
        self.producers.iter().flat_map(|(layer, places)| places[class].iter().flat_map(|own| row(*layer, *own))).collect()
    }

    /// The weights that read a class.
    fn read_by(&self, network: &Network, class: usize) -> Vec<Parameter> {
        let column = |number: usize, column: usize| {
            let layer = &network.layers()[number];
            let (cols, taps) = (layer.cols(), layer.taps());
            (0..layer.rows()).flat_map(move |row| (0..taps).map(move |tap| Parameter::Weight(number, row * cols + column * taps + tap)))
        };
        self.consumers.iter().flat_map(|(layer, places)| places[class].iter().flat_map(|own| column(*layer, *own))).collect()
    }

    /// What makes each class: `[class][weights and biases]`.
    pub fn filters(&self, network: &Network) -> Array2<f64> {
        table(network, (0..self.classes.len()).map(|class| self.made_by(network, class)))
    }

    /// Gives the layers the weights and biases of a table as [`Group::filters`] makes it.
    pub fn set_filters(&self, network: &mut Network, table: &Array2<f64>) {
        for (class, values) in table.rows().into_iter().enumerate() {
            let parameters = self.made_by(network, class);
            parameters.into_iter().zip(values).for_each(|(parameter, value)| set(network, parameter, *value as f32));
        }
    }

    /// What reads each class: `[class][weights]`.
    pub fn readers(&self, network: &Network) -> Array2<f64> {
        table(network, (0..self.classes.len()).map(|class| self.read_by(network, class)))
    }

    /// Gives the layers the weights of a table as [`Group::readers`] makes it.
    pub fn set_readers(&self, network: &mut Network, table: &Array2<f64>) {
        for (class, values) in table.rows().into_iter().enumerate() {
            let parameters = self.read_by(network, class);
            parameters.into_iter().zip(values).for_each(|(parameter, value)| set(network, parameter, *value as f32));
        }
    }
}

fn table(network: &Network, rows: impl ExactSizeIterator<Item = Vec<Parameter>>) -> Array2<f64> {
    let count = rows.len();
    let values: Vec<f64> = rows.flatten().map(|parameter| f64::from(get(network, parameter))).collect();
    let width = values.len() / count.max(1);
    Array2::from_shape_vec((count, width), values).expect("classes of a group have the same layers")
}

fn get(network: &Network, parameter: Parameter) -> f32 {
    match parameter {
        Parameter::Weight(layer, index) => network.layers()[layer].weights[index],
        Parameter::Bias(layer, row) => network.layers()[layer].bias[row],
    }
}

fn set(network: &mut Network, parameter: Parameter, value: f32) {
    match parameter {
        Parameter::Weight(layer, index) => network.layers_mut()[layer].weights[index] = value,
        Parameter::Bias(layer, row) => network.layers_mut()[layer].bias[row] = value,
    }
}
