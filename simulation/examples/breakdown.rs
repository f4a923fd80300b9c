//! Prints how four gossip rules bear one to nine hostile neighbours under four attacks, as a Markdown table, and draws it.
//!
//!     cargo run --release -p lvs-simulation --example breakdown -- breakdown.svg

use std::error::Error;

use kuva::backend::svg::SvgBackend;
use kuva::prelude::{LinePlot, Plot};
use kuva::render::figure::Figure;
use kuva::render::layout::Layout;
use lvs_simulation::Attack;
use lvs_simulation::breakdown::{ATTACKS, Rule, Task, WorstCase, worst_case};
use rayon::prelude::*;

const COLOURS: [&str; 4] = ["#1f5fa8", "#c8452f", "#3a9a5b", "#8a5fb0"];

fn main() -> Result<(), Box<dyn Error>> {
    let task = Task::default();
    let settings: Vec<_> = (1..=9)
        .flat_map(|hostile| ATTACKS.map(|attack| (attack, hostile)))
        .flat_map(|(attack, hostile)| Rule::ALL.map(|rule| (rule, attack, hostile)))
        .collect();
    let worst_cases =
        settings.par_iter().map(|&(rule, attack, hostile)| worst_case(&task, rule, attack, hostile));
    let worst_cases: Vec<WorstCase> = worst_cases.collect::<Result<_, _>>()?;
    print_table(&task, &worst_cases);
    if let Some(path) = std::env::args().nth(1) {
        std::fs::write(path, picture(&worst_cases))?;
    }
    Ok(())
}

fn find(worst_cases: &[WorstCase], rule: Rule, attack: Attack, hostile: usize) -> &WorstCase {
    let same = |o: &&WorstCase| o.rule == rule && o.attack == attack && o.hostile == hostile;
    worst_cases.iter().find(same).expect("every setting was run")
}

fn print_table(task: &Task, worst_cases: &[WorstCase]) {
    println!("{} cells, {} cycles, {} draws; error (strength)\n", task.cells, task.cycles, task.draws);
    let names = Rule::ALL.map(Rule::title).join(" | ");
    println!("| attack | hostile | {names} |\n|---|---|{}", "---|".repeat(Rule::ALL.len()));
    for attack in ATTACKS {
        for hostile in 1..=9 {
            let cell = |rule| {
                let WorstCase { error, strength, .. } = find(worst_cases, rule, attack, hostile);
                format!("{error:.2e} ({strength:.3})")
            };
            println!("| {attack} | {hostile} | {} |", Rule::ALL.map(cell).join(" | "));
        }
    }
}

/// A panel for each attack: the error over the number of hostile neighbours, a line for each rule.
fn picture(worst_cases: &[WorstCase]) -> String {
    let panels: Vec<Vec<Plot>> = ATTACKS.map(|attack| panel(worst_cases, attack)).into();
    let layouts = ATTACKS.iter().zip(&panels).map(|(attack, plots)| {
        let layout = Layout::auto_from_plots(plots).with_title(attack.name()).with_log_y();
        layout.with_x_label("hostile neighbours").with_y_label("mean squared error / variance")
    });
    let layouts = layouts.collect();
    let figure = Figure::new(2, 2).with_plots(panels).with_layouts(layouts).with_shared_legend_bottom();
    SvgBackend.render_scene(&figure.render())
}

fn panel(worst_cases: &[WorstCase], attack: Attack) -> Vec<Plot> {
    let line = |(rule, colour): (Rule, &str)| {
        // An error below rounding has no place on a log scale.
        let error = |hostile| find(worst_cases, rule, attack, hostile).error.max(1e-12);
        let points: Vec<(f64, f64)> = (1..=9).map(|hostile| (hostile as f64, error(hostile))).collect();
        Plot::from(LinePlot::new().with_data(points).with_color(colour).with_legend(rule.title()))
    };
    Rule::ALL.into_iter().zip(COLOURS).map(line).collect()
}
