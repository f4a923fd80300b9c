//! Compiled shaders, each made when first asked for, and passes that run them.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use wgpu::{
    BindGroup, BindGroupDescriptor, BindGroupEntry, BindGroupLayout, BindGroupLayoutDescriptor,
    BindGroupLayoutEntry, BindingType, Buffer, BufferBinding, BufferBindingType, ComputePass,
    ComputePipeline, ComputePipelineDescriptor, PipelineLayoutDescriptor, ShaderModuleDescriptor,
    ShaderSource, ShaderStages,
};

use super::{Gpu, Shader};
use crate::error::Result;

/// A shader's entry point, compiled.
#[derive(Clone, Debug)]
pub(super) struct Compiled {
    pipeline: ComputePipeline,
    layout: BindGroupLayout,
}

/// The shaders compiled so far.
pub(super) type Cache = Mutex<HashMap<(Shader, &'static str), Compiled>>;

/// A buffer as a shader sees it, at the number of its place in the list.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Binding<'a> {
    /// Constants.
    Uniform(&'a Buffer),
    /// Constants of so many bytes, at an offset that is given with each run.
    Varying(&'a Buffer, u64),
    /// Storage that is only read.
    Input(&'a Buffer),
    /// Storage.
    Output(&'a Buffer),
}

/// A compiled shader with its buffers, ready to run.
#[derive(Clone, Debug)]
pub(crate) struct Pass {
    pipeline: ComputePipeline,
    group: BindGroup,
    grid: (u32, u32),
}

impl Pass {
    /// Runs it. `offset` is that of its [`Binding::Varying`], if it has one.
    pub(crate) fn run(&self, pass: &mut ComputePass<'_>, offset: Option<u32>) {
        pass.set_pipeline(&self.pipeline);
        pass.set_bind_group(0, &self.group, offset.as_slice());
        pass.dispatch_workgroups(self.grid.0, self.grid.1, 1);
    }
}

impl<'a> Binding<'a> {
    fn kind(&self) -> (BufferBindingType, bool) {
        match self {
            Self::Uniform(_) => (BufferBindingType::Uniform, false),
            Self::Varying(..) => (BufferBindingType::Uniform, true),
            Self::Input(_) => (BufferBindingType::Storage { read_only: true }, false),
            Self::Output(_) => (BufferBindingType::Storage { read_only: false }, false),
        }
    }

    fn layout(&self, number: usize) -> BindGroupLayoutEntry {
        let (ty, has_dynamic_offset) = self.kind();
        BindGroupLayoutEntry {
            binding: number as u32,
            visibility: ShaderStages::COMPUTE,
            ty: BindingType::Buffer { ty, has_dynamic_offset, min_binding_size: None },
            count: None,
        }
    }

    fn entry(&self, number: usize) -> BindGroupEntry<'a> {
        let (buffer, size) = match *self {
            Self::Uniform(buffer) | Self::Input(buffer) | Self::Output(buffer) => (buffer, None),
            Self::Varying(buffer, bytes) => (buffer, std::num::NonZero::new(bytes)),
        };
        let binding = BufferBinding { buffer, offset: 0, size };
        BindGroupEntry { binding: number as u32, resource: wgpu::BindingResource::Buffer(binding) }
    }
}

impl Gpu {
    /// A pass of entry point `entry` of `shader` over these buffers; bindings that it skips are `None`.
    pub(crate) fn pass(
        &self,
        shader: Shader,
        entry: &'static str,
        bindings: &[Option<Binding<'_>>],
        grid: (u32, u32),
    ) -> Result<Pass> {
        let numbered = || bindings.iter().enumerate().filter_map(|(i, b)| b.as_ref().map(|b| (i, b)));
        let compiled = self.compiled(shader, entry, || numbered().map(|(i, b)| b.layout(i)).collect())?;
        let entries: Vec<_> = numbered().map(|(i, binding)| binding.entry(i)).collect();
        let group = self.device.create_bind_group(&BindGroupDescriptor {
            label: None,
            layout: &compiled.layout,
            entries: &entries,
        });
        self.check()?;
        Ok(Pass { pipeline: compiled.pipeline, group, grid })
    }

    fn compiled(
        &self,
        shader: Shader,
        entry: &'static str,
        bindings: impl Fn() -> Vec<BindGroupLayoutEntry>,
    ) -> Result<Compiled> {
        // Held while it compiles, which takes long: a second caller waits instead of compiling the same.
        let mut cache = self.pipelines.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(compiled) = cache.get(&(shader, entry)) {
            return Ok(compiled.clone());
        }
        let label = format!("{shader:?} {entry}");
        let source = ShaderSource::Wgsl(shader.source().into());
        let module = self.device.create_shader_module(ShaderModuleDescriptor { label: Some(&label), source });
        let layout = self.device.create_bind_group_layout(&BindGroupLayoutDescriptor {
            label: Some(&label),
            entries: &bindings(),
        });
        let pipeline_layout = self.device.create_pipeline_layout(&PipelineLayoutDescriptor {
            label: Some(&label),
            bind_group_layouts: &[Some(&layout)],
            ..Default::default()
        });
        let pipeline = self.device.create_compute_pipeline(&ComputePipelineDescriptor {
            label: Some(&label),
            layout: Some(&pipeline_layout),
            module: &module,
            entry_point: Some(entry),
            compilation_options: Default::default(),
            cache: None,
        });
        self.check()?;
        let compiled = Compiled { pipeline, layout };
        cache.insert((shader, entry), compiled.clone());
        Ok(compiled)
    }
}
