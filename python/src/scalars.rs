//! Arguments that are single numbers or flags.

use std::convert::Infallible;
use std::fmt::Display;
use std::ops::RangeInclusive;

use pyo3::exceptions::PyOverflowError;
use pyo3::prelude::*;
use pyo3::types::PyType;

use crate::error::{type_error, value_error};

/// An argument with a default, not looked at yet. Unlike with `Option`, a `None` that was passed counts as passed.
pub struct Scalar<'py>(Option<Bound<'py, PyAny>>);

impl<'py> FromPyObject<'_, 'py> for Scalar<'py> {
    type Error = Infallible;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> Result<Self, Infallible> {
        Ok(Self(Some(object.to_owned())))
    }
}

impl<'py> Scalar<'py> {
    /// What may have been passed.
    pub fn of(value: Option<Bound<'py, PyAny>>) -> Self {
        Self(value)
    }

    /// Stands for an argument that was not passed.
    pub const ABSENT: Self = Self(None);

    /// An integer within `range`.
    pub fn unsigned(&self, argument: &str, range: RangeInclusive<u64>, default: u64) -> PyResult<u64> {
        self.0.as_ref().map_or(Ok(default), |value| unsigned(value, argument, range))
    }

    /// A number, as a float.
    pub fn float(&self, argument: &str, default: f64) -> PyResult<f64> {
        let Some(value) = &self.0 else { return Ok(default) };
        value.extract().map_err(|_| type_error(argument, described(value), "a number"))
    }

    /// `True` or `False`.
    pub fn flag(&self, argument: &str, default: bool) -> PyResult<bool> {
        let Some(value) = &self.0 else { return Ok(default) };
        value.extract().map_err(|_| type_error(argument, described(value), "True or False"))
    }
}

/// An integer within `range`: anything with `__index__`, so that no float is rounded in silence.
pub fn unsigned(value: &Bound<'_, PyAny>, argument: &str, range: RangeInclusive<u64>) -> PyResult<u64> {
    let expected = || format!("an integer from {} to {}", range.start(), range.end());
    match value.extract::<u64>() {
        Ok(number) if range.contains(&number) => Ok(number),
        Ok(number) => Err(value_error(argument, number, expected())),
        Err(error) if error.is_instance_of::<PyOverflowError>(value.py()) => {
            Err(value_error(argument, shown(value), expected()))
        }
        Err(_) => Err(type_error(argument, described(value), expected())),
    }
}

/// The name of a value's type.
pub fn type_name(value: &Bound<'_, PyAny>) -> String {
    value.get_type().name().map_or_else(|_| "an object".into(), |name| name.to_string())
}

/// A value and its type, for a message.
fn described(value: &Bound<'_, PyAny>) -> impl Display {
    if value.is_none() || value.is_instance_of::<PyType>() {
        return shown(value);
    }
    format!("{} ({})", shown(value), type_name(value))
}

/// A value as Python shows it, cut to a length that fits a message.
fn shown(value: &Bound<'_, PyAny>) -> String {
    let text = value.repr().map_or_else(|_| type_name(value), |text| text.to_string());
    match text.char_indices().nth(60) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text,
    }
}
