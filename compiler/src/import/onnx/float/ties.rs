//! Classes of channels: channels that have to be kept, removed and moved together, and what may be done with them.

/// What a pass may do with a class.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Class {
    /// Why its channels cannot be removed or moved, if so.
    pub stays: Option<String>,
    /// Why its channels cannot be replaced by those of another class, if so: a function treats them differently.
    pub differs: Option<String>,
    /// Whether a positive multiple of its channels reaches their readers as the same multiple (rectifiers, pools and sums lie between).
    pub scales: bool,
}

/// Labels of channels, and which of them are in one class.
pub struct Ties {
    parents: Vec<usize>,
    classes: Vec<Class>,
}

impl Ties {
    /// So many labels, each a class of its own.
    pub fn new(count: usize) -> Ties {
        Ties { parents: (0..count).collect(), classes: vec![Class { stays: None, differs: None, scales: true }; count] }
    }

    /// The label that stands for a label's class.
    pub fn find(&self, label: usize) -> usize {
        let mut found = label;
        while self.parents[found] != found {
            found = self.parents[found];
        }
        found
    }

    /// Makes one class of two.
    pub fn unite(&mut self, a: usize, b: usize) {
        let (a, b) = (self.find(a), self.find(b));
        if a == b {
            return;
        }
        let (low, high) = (a.min(b), a.max(b));
        let other = self.classes[high].clone();
        let class = &mut self.classes[low];
        class.stays = class.stays.take().or(other.stays);
        class.differs = class.differs.take().or(other.differs);
        class.scales &= other.scales;
        self.parents[high] = low;
    }

    /// Changes the classes of labels.
    pub fn mark(&mut self, labels: &[usize], change: impl Fn(&mut Class)) {
        for label in labels {
            let root = self.find(*label);
            change(&mut self.classes[root]);
        }
    }

    /// Says why channels have to stay, unless that is known already.
    pub fn stay(&mut self, labels: &[usize], reason: &str) {
        self.mark(labels, |class| class.stays = class.stays.take().or_else(|| Some(reason.to_owned())));
    }

    /// The classes by the labels that stand for them.
    pub fn into_classes(self) -> Vec<Class> {
        self.classes
    }
}
