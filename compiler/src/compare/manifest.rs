//! The list of variants that are compared: a TOML file, or model files one after the other.

use serde::Deserialize;
use std::path::{Path, PathBuf};

/// What is compared. Paths are relative to the file's folder.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// The table's heading.
    pub title: String,
    /// Inputs of all variants, unless others are given: `FILE.npy` or `FILE.npz:KEY`.
    #[serde(default)]
    pub input: Option<PathBuf>,
    /// Their classes.
    #[serde(default)]
    pub labels: Option<PathBuf>,
    /// The variants, in the order of the table; the first one's storage is what others are a ratio of, unless they say otherwise.
    #[serde(rename = "variant")]
    pub variants: Vec<Variant>,
}

/// One row of the table.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Variant {
    /// Its name.
    pub name: String,
    /// Who published the method.
    #[serde(default)]
    pub method: String,
    /// The model file.
    pub model: PathBuf,
    /// A float network: it has accuracy and storage, and no hardware.
    #[serde(default)]
    pub float: bool,
    /// The accelerator, in the words of the options of `fretwork compile`.
    #[serde(default)]
    pub options: String,
    /// Parameters of the network before its compression, of which four bytes each are what its storage is a ratio of.
    #[serde(default)]
    pub parameters: Option<u64>,
    /// Factor of the inputs, for networks that were trained on others.
    #[serde(default)]
    pub input_scale: Option<f32>,
}

impl Manifest {
    /// Reads a manifest; paths are resolved against `folder`.
    ///
    /// # Errors
    /// Text that is no manifest, without a variant, or with two of one name: the place and what would fit.
    pub fn from_toml(text: &str, folder: &Path) -> Result<Manifest, String> {
        let mut manifest: Manifest = toml::from_str(text).map_err(|error| error.to_string())?;
        if manifest.variants.is_empty() {
            return Err("it has no [[variant]]; one or more are needed".to_owned());
        }
        for (index, variant) in manifest.variants.iter().enumerate() {
            if manifest.variants[..index].iter().any(|earlier| earlier.name == variant.name) {
                return Err(format!("there are two variants named '{}'; names tell them apart", variant.name));
            }
            if variant.input_scale.is_some_and(|scale| !scale.is_finite() || scale == 0.0) {
                return Err(format!("variant '{}': input_scale must be a finite number other than 0", variant.name));
            }
        }
        let resolve = |path: &mut PathBuf| *path = folder.join(&*path);
        manifest.variants.iter_mut().for_each(|variant| resolve(&mut variant.model));
        manifest.input.iter_mut().chain(&mut manifest.labels).for_each(resolve);
        Ok(manifest)
    }

    /// Model files under their own names, all on the same accelerator.
    pub fn of_models(models: &[PathBuf]) -> Manifest {
        let variant = |model: &PathBuf| Variant {
            name: model.file_name().map_or_else(|| "model".to_owned(), |name| name.to_string_lossy().into_owned()),
            method: String::new(),
            model: model.clone(),
            float: false,
            options: String::new(),
            parameters: None,
            input_scale: None,
        };
        Manifest { title: "comparison".to_owned(), input: None, labels: None, variants: models.iter().map(variant).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "title = 'a'\ninput = 'x.npy'\n[[variant]]\nname = 'b'\nmodel = 'm/b.onnx'\noptions = '--rows 8'\n";

    #[test]
    fn paths_are_those_of_the_folder() {
        let manifest = Manifest::from_toml(TEXT, Path::new("/f")).unwrap();
        assert_eq!((manifest.variants[0].model.as_path(), manifest.input.as_deref()), (Path::new("/f/m/b.onnx"), Some(Path::new("/f/x.npy"))));
    }

    #[test]
    fn what_is_wrong_is_said() {
        let refused = |text: &str| Manifest::from_toml(text, Path::new("")).unwrap_err();
        assert!(refused("title = 'a'\nvariant = []").contains("no [[variant]]"));
        assert!(refused(&format!("{TEXT}[[variant]]\nname = 'b'\nmodel = 'c'")).contains("two variants named 'b'"));
        assert!(refused(&TEXT.replace("name", "nam")).contains("nam"));
        assert!(refused(&format!("{TEXT}input_scale = 0.0")).contains("input_scale"));
    }
}
