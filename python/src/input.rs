//! Arrays coming in: used in place where the layout allows it, else copied once.
//!
//! An array is NumPy's, or what offers its memory as one: by DLPack or by the buffer protocol. It must have the type that
//! the kernel takes. A list, or anything else that NumPy makes an array of, is converted where its integers fit.

use lvs_kernels::allocate::reserved;
use numpy::ndarray::{Dimension, Ix1, Ix2};
use numpy::{
    Element, PyArray, PyArray1, PyReadonlyArray, PyReadonlyArray1, PyReadonlyArray2, PyUntypedArray,
};
use numpy::{PyArrayDescrMethods, PyArrayMethods, PyUntypedArrayMethods, dtype};
use pyo3::PyTypeInfo;
use pyo3::exceptions::{PyBufferError, PyRuntimeError, PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyList, PyMemoryView, PyTuple};

use crate::error::{exception, type_error, value_error};
use crate::scalars::type_name;

/// An array argument: its name, and its type and shape for messages, as in `int64[K, B]`.
#[derive(Clone, Copy)]
pub struct Argument {
    /// As in the Python signature.
    pub name: &'static str,
    /// What the call takes.
    pub expected: &'static str,
}

/// Names an array argument and what it takes.
pub const fn argument(name: &'static str, expected: &'static str) -> Argument {
    Argument { name, expected }
}

/// An entry type of the arrays that the kernels take.
pub trait Entry: Element + Copy + Send + Sync {
    /// The smallest and the largest entry, as Python integers; absent where no other type converts to this one.
    const RANGE: Option<(i128, i128)>;
    /// What to tell those who come with floats.
    const FLOATS: &str = "";
}

impl Entry for i64 {
    const RANGE: Option<(i128, i128)> = Some((i64::MIN as i128, i64::MAX as i128));
    const FLOATS: &str = " in micro-VU: lvs.to_units makes it of VU, lvs.from_units goes back";
}

impl Entry for u64 {
    const RANGE: Option<(i128, i128)> = Some((0, u64::MAX as i128));
}

impl Entry for u16 {
    const RANGE: Option<(i128, i128)> = Some((0, u16::MAX as i128));
}

impl Entry for bool {
    const RANGE: Option<(i128, i128)> = None;
}

/// Finds NumPy's interfaces for once and all. The first use of them elsewhere would panic if a signal's handler raised an
/// exception meanwhile.
pub fn open_numpy(py: Python<'_>) -> PyResult<()> {
    py.import("numpy")?;
    // One interface makes arrays, another knows which are in use.
    drop(PyArray1::<i64>::zeros(py, 1, false).try_readonly());
    Ok(())
}

/// A one-dimensional array, contiguous.
pub fn vector<'py, T: Entry>(
    value: &Bound<'py, PyAny>,
    argument: Argument,
) -> PyResult<PyReadonlyArray1<'py, T>> {
    let array = typed::<T, Ix1>(value, argument)?;
    let in_place = array.is_c_contiguous() && array.is_aligned();
    borrowed(array, in_place, argument)
}

/// A one-dimensional array, copied: what is done with it does not hold if another thread writes to it.
pub fn copied<'py, T: Entry>(
    value: &Bound<'py, PyAny>,
    argument: Argument,
) -> PyResult<PyReadonlyArray1<'py, T>> {
    borrowed(typed::<T, Ix1>(value, argument)?, false, argument)
}

/// A two-dimensional array, contiguous in C order.
pub fn matrix<'py, T: Entry>(
    value: &Bound<'py, PyAny>,
    argument: Argument,
) -> PyResult<PyReadonlyArray2<'py, T>> {
    let array = typed::<T, Ix2>(value, argument)?;
    let in_place = array.is_c_contiguous() && array.is_aligned();
    borrowed(array, in_place, argument)
}

/// A two-dimensional array each of whose rows is contiguous; the rows may lie anywhere. A list without rows counts as
/// none of `cells` cells.
pub fn rows<'py, T: Entry>(
    value: &Bound<'py, PyAny>,
    cells: usize,
    argument: Argument,
) -> PyResult<PyReadonlyArray2<'py, T>> {
    let array = match is_empty_list(value) {
        true => value
            .py()
            .import("numpy")?
            .call_method1("empty", ((0, cells), dtype::<T>(value.py())))?
            .cast_into()?,
        false => typed::<T, Ix2>(value, argument)?,
    };
    let touching = array.shape()[1] <= 1 || array.strides()[1] == size_of::<T>() as isize;
    let in_place = touching && array.is_aligned();
    borrowed(array, in_place, argument)
}

fn is_empty_list(value: &Bound<'_, PyAny>) -> bool {
    let is_list = value.is_instance_of::<PyList>() || value.is_instance_of::<PyTuple>();
    is_list && value.len().is_ok_and(|length| length == 0)
}

/// A one-dimensional array of any integer type, converted.
pub fn integers<T: TryFrom<i64> + TryFrom<u64>>(
    value: &Bound<'_, PyAny>,
    argument: Argument,
) -> PyResult<Vec<T>> {
    let source = Source::of(value, argument)?;
    let empty_list = source.array.len() == 0 && !source.is_array;
    if !is_integer(&source.array) && !empty_list {
        return Err(source.wrong_type(value, argument, ""));
    }
    let array = source.array;
    expect_dimensions(&array, 1, argument)?;
    if array.dtype().is_equiv_to(&dtype::<u64>(array.py())) {
        return converted(array.cast::<PyArray1<u64>>()?, argument);
    }
    let wide = array.call_method1("astype", ("int64",))?;
    converted(wide.cast::<PyArray1<i64>>()?, argument)
}

/// The shape, for a message.
pub fn shape_of(array: &Bound<'_, PyUntypedArray>) -> String {
    format!("shape {:?}", array.shape())
}

/// An argument as NumPy sees it.
struct Source<'py> {
    array: Bound<'py, PyUntypedArray>,
    /// Whether it came as an array, with a type of its own.
    is_array: bool,
}

impl<'py> Source<'py> {
    fn of(value: &Bound<'py, PyAny>, argument: Argument) -> PyResult<Self> {
        expect_unmasked(value, argument)?;
        if let Ok(array) = value.cast::<PyUntypedArray>() {
            return Ok(Self { array: array.clone(), is_array: true });
        }
        let by_dlpack = value.hasattr("__dlpack__")?;
        let make = if by_dlpack { "from_dlpack" } else { "asarray" };
        let made = value.py().import("numpy")?.call_method1(make, (value,));
        let array = made.map_err(|error| no_array(value, error, argument))?.cast_into::<PyUntypedArray>()?;
        Ok(Self { array, is_array: by_dlpack || PyMemoryView::from(value).is_ok() })
    }

    fn wrong_type(&self, value: &Bound<'_, PyAny>, argument: Argument, floats: &str) -> PyErr {
        let kind = self.array.dtype();
        let got = match value.is_instance_of::<PyUntypedArray>() {
            true => format!("an array of {kind}"),
            false => format!("{}, which makes an array of {kind}", type_name(value)),
        };
        let hint = if kind.kind() == b'f' { floats } else { "" };
        type_error(argument.name, got, format!("{}{hint}", argument.expected))
    }
}

/// Refuses a masked array that hides entries: they would be used like any others.
pub fn expect_unmasked(value: &Bound<'_, PyAny>, argument: Argument) -> PyResult<()> {
    let py = value.py();
    if !value.is_instance_of::<PyUntypedArray>() || value.get_type().is(PyUntypedArray::type_object(py)) {
        return Ok(());
    }
    match py.import("numpy.ma")?.call_method1("is_masked", (value,))?.is_truthy()? {
        true => Err(value_error(argument.name, "an array with masked entries", argument.expected)),
        false => Ok(()),
    }
}

/// What NumPy says when it can make no array of `value`, with the argument's name. Anything else that happens meanwhile,
/// Ctrl-C or a lack of memory, is passed on.
pub fn no_array(value: &Bound<'_, PyAny>, error: PyErr, argument: Argument) -> PyErr {
    let py = value.py();
    let about_it = error.is_instance_of::<PyTypeError>(py)
        || error.is_instance_of::<PyValueError>(py)
        || error.is_instance_of::<PyBufferError>(py)
        || error.is_instance_of::<PyRuntimeError>(py);
    if !about_it {
        return error;
    }
    let got = format!("{} that is no array ({})", type_name(value), error.value(py));
    let named = value_error(argument.name, got, argument.expected);
    named.set_cause(py, Some(error));
    named
}

fn typed<'py, T: Entry, D: Dimension>(
    value: &Bound<'py, PyAny>,
    argument: Argument,
) -> PyResult<Bound<'py, PyArray<T, D>>> {
    let source = Source::of(value, argument)?;
    let array = match source.array.dtype().is_equiv_to(&dtype::<T>(value.py())) {
        true => source.array,
        false if source.is_array => return Err(source.wrong_type(value, argument, T::FLOATS)),
        false => narrowed::<T>(value, source, argument)?,
    };
    expect_dimensions(&array, D::NDIM.unwrap_or_default(), argument)?;
    Ok(array.cast_into()?)
}

/// The integers of a list in the type asked for, if all of them fit.
fn narrowed<'py, T: Entry>(
    value: &Bound<'py, PyAny>,
    source: Source<'py>,
    argument: Argument,
) -> PyResult<Bound<'py, PyUntypedArray>> {
    let array = &source.array;
    if array.len() > 0 {
        let Some((low, high)) = T::RANGE.filter(|_| is_integer(array)) else {
            return Err(source.wrong_type(value, argument, T::FLOATS));
        };
        for end in ["min", "max"] {
            let entry: i128 = array.call_method0(end)?.call_method0("item")?.extract()?;
            if !(low..=high).contains(&entry) {
                let expected = format!("{}, entries from {low} to {high}", argument.expected);
                return Err(value_error(argument.name, entry, expected));
            }
        }
    }
    Ok(array.call_method1("astype", (dtype::<T>(value.py()),))?.cast_into()?)
}

fn is_integer(array: &Bound<'_, PyUntypedArray>) -> bool {
    matches!(array.dtype().kind(), b'i' | b'u')
}

fn expect_dimensions(array: &Bound<'_, PyUntypedArray>, wanted: usize, argument: Argument) -> PyResult<()> {
    if array.ndim() == wanted {
        return Ok(());
    }
    let got = format!("{} dimension(s), {}", array.ndim(), shape_of(array));
    Err(value_error(argument.name, got, argument.expected))
}

fn borrowed<'py, T: Entry, D: Dimension>(
    array: Bound<'py, PyArray<T, D>>,
    in_place: bool,
    argument: Argument,
) -> PyResult<PyReadonlyArray<'py, T, D>> {
    // NumPy makes the copy, so that one too large for memory is a MemoryError.
    let array = match in_place {
        true => array,
        false => array.call_method1("copy", ("C",))?.cast_into()?,
    };
    array.try_readonly().map_err(|_| busy(argument))
}

/// Why an array cannot be read now.
fn busy(argument: Argument) -> PyErr {
    value_error(argument.name, "an array that another call is writing to", argument.expected)
}

fn converted<S, T>(array: &Bound<'_, PyArray1<S>>, argument: Argument) -> PyResult<Vec<T>>
where
    S: Element + Copy + std::fmt::Display,
    T: TryFrom<S>,
{
    let array = array.try_readonly().map_err(|_| busy(argument))?;
    let mut numbers = reserved(argument.name, array.len()).map_err(exception)?;
    for (position, &number) in array.as_array().iter().enumerate() {
        let fits = T::try_from(number);
        let refused =
            |_| value_error(argument.name, format!("{number} at entry {position}"), argument.expected);
        numbers.push(fits.map_err(refused)?);
    }
    Ok(numbers)
}
