//! Keywords as options of the command line: `shift_cols=8` is `--shift-cols 8`, `trim=True` is `--trim`.

use fretwork::driver::arguments::{names, parse};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyList, PyTuple};

use super::error::{UsageError, raise};

/// Options from keywords. None and False leave an option out; a list or a tuple gives it several times; so does a dictionary, as KEY=VALUE.
pub fn options<A: clap::Args>(keywords: Option<&Bound<'_, PyDict>>, more: &[(&str, String)]) -> PyResult<A> {
    let mut words: Vec<String> = more.iter().map(|(name, value)| format!("--{name}={value}")).collect();
    let Some(keywords) = keywords else { return read(words) };
    for (name, value) in keywords.iter() {
        let name = name.extract::<String>()?;
        let option = name.replace('_', "-");
        let known = || names::<A>().into_iter().filter(|known| more.iter().all(|(given, _)| given != known));
        if name.contains('-') || !known().any(|known| known == option) {
            let known = known().map(|known| known.replace('-', "_")).collect::<Vec<_>>().join(", ");
            return Err(UsageError::new_err(format!("there is no option '{name}'; known are {known}")));
        }
        add(&option, &value, &mut words)?;
    }
    read(words)
}

fn read<A: clap::Args>(words: Vec<String>) -> PyResult<A> {
    parse(words).map_err(|error| Python::attach(|py| raise(py, error)))
}

fn add(option: &str, value: &Bound<'_, PyAny>, words: &mut Vec<String>) -> PyResult<()> {
    if value.is_none() {
        return Ok(());
    }
    if let Ok(flag) = value.cast::<PyBool>() {
        words.extend(flag.is_true().then(|| format!("--{option}")));
    } else if value.is_instance_of::<PyList>() || value.is_instance_of::<PyTuple>() {
        for one in value.try_iter()? {
            words.push(format!("--{option}={}", one?.str()?));
        }
    } else if let Ok(pairs) = value.cast::<PyDict>() {
        for (key, value) in pairs.iter() {
            words.push(format!("--{option}={}={}", key.str()?, value.str()?));
        }
    } else {
        words.push(format!("--{option}={}", value.str()?));
    }
    Ok(())
}
