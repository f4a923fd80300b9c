//! The update of one row's trust on the GPU; swarms run the same shader over all their rows.

use wgpu::ComputePassDescriptor;

use super::tolerated;
use crate::error::Result;
use crate::gpu::{Binding, Contents, CycleConstants, Gpu, ListedRow, Read, Shader, Shape, lane_bits};
use crate::mix::halves;

impl Gpu {
    /// Updates the trust in K neighbours, in place; the lengths were checked, and there is one.
    pub(crate) fn update_trust(&self, trust: &mut [u16], residuals: &[u64], cells: u64) -> Result<()> {
        let gpu = self;
        let degree = trust.len() as u32;
        let row = ListedRow { row: 0, first_edge: 0, degree, padding: 0 };
        let shape = Shape {
            lane_bits: lane_bits(trust.len()),
            rows: 1,
            tiles: 1,
            groups_x: 1,
            tolerated: halves(tolerated(cells)),
            ..Default::default()
        };
        let mut wide: Vec<u32> = trust.iter().map(|&trust| trust.into()).collect();
        let shape = gpu.buffer("shape", Contents::Uniform(&[shape]))?;
        let cycle = gpu.buffer("constants", Contents::Uniform(&[CycleConstants::default()]))?;
        let list = gpu.buffer("rows", Contents::Of(&[row]))?;
        let on_device = gpu.buffer("trust", Contents::Of(&wide))?;
        let residuals = gpu.buffer("residuals", Contents::Of(residuals))?;
        let bindings = [
            Some(Binding::Uniform(&shape)),
            Some(Binding::Varying(&cycle, size_of::<CycleConstants>() as u64)),
            Some(Binding::Input(&list)),
            Some(Binding::Output(&on_device)),
            Some(Binding::Input(&residuals)),
        ];
        let pass = gpu.pass(Shader::Trust, "main", &bindings, (1, 1))?;
        let mut encoder = gpu.encoder();
        pass.run(&mut encoder.begin_compute_pass(&ComputePassDescriptor::default()), Some(0));
        gpu.submit(encoder)?;
        gpu.read(vec![Read::new(&on_device, 0, &mut wide)])?;
        trust.iter_mut().zip(wide).for_each(|(trust, wide)| *trust = wide as u16);
        Ok(())
    }
}
