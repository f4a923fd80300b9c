//! A picture of a simulation: spread over cycles on a log scale, honest and hostile.

use std::path::Path;
use std::sync::Arc;

use kuva::plot::legend::LegendPosition;
use kuva::prelude::{LinePlot, Plot, ReferenceLine, TickFormat};
use kuva::render::layout::Layout;
use lvs_kernels::vaultguard::MICRO_VU;
use lvs_simulation::{Hostile, Record};

use super::{Outcome, grouped};
use crate::text::printable;

/// Where a spread of 0, which has no logarithm, is drawn, in VU: below a micro-VU, the smallest spread there is.
const EXACT: f64 = 1e-7;

/// How far above the honest spreads hostile claims are drawn; what is farther is drawn there.
const HEADROOM: f64 = 1e3;

/// How many pixels a PNG has for each unit of the picture.
const PIXELS: f32 = 2.0;

const HONEST: &str = "#1f5fa8";
const HONEST_MEAN: &str = "#7fb2e5";
const HOSTILE: &str = "#c8452f";
const MEAN_ERROR: &str = "#6b6b6b";

/// A kind of picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Picture {
    /// Lines and letters.
    Svg,
    /// Pixels.
    Png,
}

/// Why a picture could not be made.
#[derive(Debug, thiserror::Error)]
pub enum PictureError {
    /// The file's name says nothing that can be drawn.
    #[error("got '{0}', expected a name that ends in .svg or .png")]
    Format(String),
    /// The pixels could not be made.
    #[error("{0}")]
    Draw(String),
}

impl Picture {
    /// The picture that a file's name asks for.
    ///
    /// # Errors
    /// If it ends neither in `.svg` nor in `.png`.
    pub fn new(path: &Path) -> Result<Self, PictureError> {
        let ending = path.extension().unwrap_or_default().to_ascii_lowercase();
        match ending.to_str() {
            Some("svg") => Ok(Self::Svg),
            Some("png") => Ok(Self::Png),
            _ => Err(PictureError::Format(path.display().to_string())),
        }
    }

    /// Draws an outcome: the bytes of a file.
    ///
    /// # Errors
    /// If the pixels cannot be made.
    pub fn draw(self, outcome: &Outcome) -> Result<Vec<u8>, PictureError> {
        let (plots, layout) = scene(outcome);
        match self {
            Self::Svg => Ok(kuva::render_to_svg(plots, layout).into_bytes()),
            Self::Png => kuva::render_to_png(plots, layout, PIXELS).map_err(PictureError::Draw),
        }
    }
}

fn scene(outcome: &Outcome) -> (Vec<Plot>, Layout) {
    let records = &outcome.records;
    let top = HEADROOM * records.iter().map(|record| in_vu(record.spread as f64)).fold(1e-6, f64::max);
    let farthest = records.iter().filter_map(|record| record.hostile_deviation).max();
    let mut lines = Vec::new();
    if let Some(farthest) = farthest.map(|farthest| in_vu(farthest as f64)) {
        let beyond = if farthest > top { format!(" (to {farthest:.0e} VU)") } else { String::new() };
        let deviation = |record: &Record| record.hostile_deviation.map(|claim| in_vu(claim as f64).min(top));
        lines.push(line(records, deviation, HOSTILE, format!("hostile claims{beyond}")));
    }
    // At the start it is 0 by its meaning, which would only stretch the axis.
    let mean_error = |record: &Record| (record.cycle > 0).then(|| in_vu(record.mean_error));
    lines.push(line(records, mean_error, MEAN_ERROR, "honest mean moved".into()));
    let mean_spread = |record: &Record| Some(in_vu(record.mean_spread));
    lines.push(line(records, mean_spread, HONEST_MEAN, "honest spread, mean".into()));
    let spread = |record: &Record| Some(in_vu(record.spread as f64));
    lines.push(line(records, spread, HONEST, "honest spread, largest".into()).with_stroke_width(3.0));
    let plots: Vec<Plot> = lines.into_iter().map(Plot::Line).collect();
    let layout = Layout::auto_from_plots(&plots)
        .with_width(900.0)
        .with_height(520.0)
        .with_title(title(outcome))
        .with_subtitle(subtitle(outcome))
        .with_x_label("cycle")
        // Clear of the legend.
        .with_x_label_offset(0.0, -6.0)
        .with_x_axis_max(outcome.summary.cycles.max(1) as f64)
        .with_y_label("VU")
        .with_log_y()
        .with_y_tick_format(TickFormat::Custom(Arc::new(tick)))
        .with_legend_position(LegendPosition::OutsideBottomColumns);
    let is_exact = records.iter().any(|record| record.spread == 0);
    let unit = ReferenceLine::horizontal(1.0 / MICRO_VU as f64).with_color("#9a9a9a");
    let layout = if is_exact { layout.with_reference_line(unit) } else { layout };
    (plots, layout)
}

fn line(records: &[Record], of: impl Fn(&Record) -> Option<f64>, color: &str, name: String) -> LinePlot {
    let points = records.iter().filter_map(|record| Some((record.cycle as f64, of(record)?)));
    LinePlot::new().with_data(points).with_color(color).with_legend(name)
}

fn in_vu(micro: f64) -> f64 {
    (micro / MICRO_VU as f64).max(EXACT)
}

fn tick(value: f64) -> String {
    match value {
        value if value <= EXACT * 1.01 => "exact".into(),
        value if (1e-3..1e5).contains(&value) => format!("{value}"),
        value => format!("{value:.0e}"),
    }
}

fn title(outcome: &Outcome) -> String {
    let options = &outcome.options;
    let setup = &outcome.setup;
    let attack = options.attack.filter(|_| setup.hostile > 0);
    let attack = attack.map_or("no attack".into(), |attack| {
        let strength = setup.strength.map_or(String::new(), |s| format!(" {}", (s * 1e3).round() / 1e3));
        let hostile = match options.hostile {
            Hostile::Share(share) => format!("{:.1} % hostile", 100.0 * share),
            Hostile::Neighbours(count) => format!("{count} hostile neighbours each"),
        };
        format!("{attack}{strength}, {hostile}")
    });
    // A file's name may hold anything.
    let topology = printable(&options.topology.name());
    format!("{} nodes, {topology}: {attack}", grouped(setup.nodes))
}

fn subtitle(outcome: &Outcome) -> String {
    let options = &outcome.options;
    let rule = if options.trim { "trimmed drift" } else { "plain averaging" };
    let hold = if options.hold { ", hold" } else { "" };
    let trust = if options.learn_trust { "learned trust" } else { "fixed trust" };
    format!(
        "{} cells, {rule}{hold}, {trust}, churn {}, loss {}, seed {}",
        options.cells, options.churn, options.loss, options.seed
    )
}
