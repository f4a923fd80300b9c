//! In place of the GPU where this build has none.

use std::sync::Arc;

use crate::backend::BackendInfo;
use crate::error::{Error, Result};

/// No value of this type exists.
#[derive(Debug)]
pub(crate) enum Gpu {}

const REASON: &str = "this build has no GPU backend";

impl Gpu {
    pub(crate) fn open(part: Option<&str>) -> Result<Arc<Self>> {
        let name = part.map_or("gpu".into(), |part| format!("gpu:{part}"));
        Err(Error::Unavailable { name, reason: REASON.into() })
    }

    pub(crate) fn open_best() -> std::result::Result<Arc<Self>, String> {
        Err(REASON.into())
    }

    pub(crate) fn check(&self) -> Result<()> {
        match *self {}
    }

    pub(crate) fn name(&self) -> &str {
        match *self {}
    }

    pub(crate) fn description(&self) -> String {
        match *self {}
    }
}

pub(crate) fn list() -> Vec<BackendInfo> {
    vec![BackendInfo {
        name: "gpu".into(),
        kind: "gpu",
        device: String::new(),
        compiled: false,
        detected: false,
        available: false,
        reason: REASON.into(),
    }]
}
