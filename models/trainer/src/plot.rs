//! Plots of a report, as SVG.

use std::path::Path;

use anyhow::Context;
use plotters::prelude::*;

use crate::measure::{MajorGroup, Section};
use crate::report::{Measured, Report};
use crate::say::say;
use crate::topic::Topic;

const SIZE: (u32, u32) = (640, 420);
/// Told apart by people who see no red or green, too (Okabe and Ito 2008).
const COLOURS: [RGBColor; 3] = [RGBColor(0, 0, 0), RGBColor(0, 114, 178), RGBColor(213, 94, 0)];
const FONT: (&str, i32) = ("sans-serif", 15);

type Point = (f64, f64);
/// A curve with its name in the legend.
type Curve = (&'static str, Vec<Point>);

/// Draws the plots of a shipped model's report into a folder.
pub fn draw_shipped(topic: Topic, model_folder: &Path, folder: &Path) -> anyhow::Result<()> {
    let path = model_folder.join("report.json");
    let json = std::fs::read(&path).with_context(|| format!("cannot read `{}`", path.display()))?;
    let report: Report = serde_json::from_slice(&json)
        .with_context(|| format!("`{}` is not a report", path.display()))?;
    std::fs::create_dir_all(folder)?;
    draw(&report.held_out, topic, folder)?;
    say(&format!("plots of {} in `{}`", topic.name(), folder.display()));
    Ok(())
}

/// Draws all plots into a folder that exists.
pub fn draw(measured: &Measured, topic: Topic, folder: &Path) -> anyhow::Result<()> {
    let path = |plot: &str| folder.join(format!("{}-{plot}.svg", topic.name()));
    risk_coverage(measured, &path("risk-coverage"))?;
    reliability(&measured.all, &path("reliability"))?;
    major_groups(&measured.by_major_group, &path("major-groups"))
}

fn risk_coverage(measured: &Measured, path: &Path) -> anyhow::Result<()> {
    let curve = |section: &Section| {
        section
            .risk_coverage
            .iter()
            .map(|point| (100.0 * point.coverage, 100.0 * point.right))
            .collect()
    };
    let curves: [Curve; 3] = [
        ("all records", curve(&measured.all)),
        ("title only", curve(&measured.title_only)),
        ("with tasks", curve(&measured.with_tasks)),
    ];
    lines(
        path,
        "Right among the surest records",
        ["share of records answered, surest first, %", "occupation right, %"],
        [(0.0, 100.0), (50.0, 100.0)],
        &curves,
    )
}

fn reliability(section: &Section, path: &Path) -> anyhow::Result<()> {
    let curve = |digits: &str| -> Vec<Point> {
        let bins = section.levels.get(digits).into_iter().flat_map(|level| &level.reliability);
        bins.map(|bin| (100.0 * bin.claimed, 100.0 * bin.right)).collect()
    };
    let curves: [Curve; 3] = [
        ("as claimed", vec![(0.0, 0.0), (100.0, 100.0)]),
        ("occupation (6 digits)", curve("6")),
        ("major group (1 digit)", curve("1")),
    ];
    lines(
        path,
        "Does confidence come true?",
        ["confidence, %", "right, %"],
        [(0.0, 100.0), (0.0, 100.0)],
        &curves,
    )
}

fn lines(
    path: &Path,
    title: &str,
    axes: [&str; 2],
    [x, y]: [(f64, f64); 2],
    curves: &[Curve],
) -> anyhow::Result<()> {
    let area = SVGBackend::new(path, SIZE).into_drawing_area();
    area.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(&area)
        .caption(title, ("sans-serif", 20))
        .margin(12)
        .margin_right(28)
        .x_label_area_size(42)
        .y_label_area_size(52)
        .build_cartesian_2d(x.0..x.1, y.0..y.1)?;
    chart
        .configure_mesh()
        .x_desc(axes[0])
        .y_desc(axes[1])
        .label_style(FONT)
        .max_light_lines(1)
        .draw()?;
    for ((name, points), colour) in curves.iter().zip(COLOURS) {
        chart
            .draw_series(LineSeries::new(points.iter().copied(), colour.stroke_width(2)))?
            .label(*name)
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 18, y)], colour.stroke_width(2)));
    }
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::LowerRight)
        .background_style(WHITE.mix(0.8))
        .border_style(BLACK)
        .label_font(FONT)
        .draw()?;
    area.present().with_context(|| format!("cannot write `{}`", path.display()))
}

/// A bar for each major group, with its name and number of records.
fn major_groups(groups: &[MajorGroup], path: &Path) -> anyhow::Result<()> {
    let area = SVGBackend::new(path, SIZE).into_drawing_area();
    area.fill(&WHITE)?;
    #[expect(clippy::cast_precision_loss, reason = "eight groups")]
    let rows = groups.len() as f64;
    let mut chart = ChartBuilder::on(&area)
        .caption("Occupation right, by major group", ("sans-serif", 20))
        .margin(12)
        .margin_right(28)
        .x_label_area_size(42)
        .build_cartesian_2d(0.0..100.0, 0.0..rows.max(1.0))?;
    chart
        .configure_mesh()
        .disable_y_mesh()
        .disable_y_axis()
        .x_desc("occupation right, %")
        .label_style(FONT)
        .max_light_lines(1)
        .draw()?;
    for (place, group) in groups.iter().rev().enumerate() {
        #[expect(clippy::cast_precision_loss, reason = "eight groups")]
        let bottom = place as f64;
        let right = 100.0 * group.occupation_right;
        let bar = Rectangle::new(
            [(0.0, bottom + 0.1), (right, bottom + 0.9)],
            RGBColor(160, 205, 235).filled(),
        );
        let name = format!("{} {}: {right:.0} % of {}", group.code, group.title, group.records);
        chart.draw_series([bar])?;
        chart.draw_series([Text::new(name, (1.0, bottom + 0.62), FONT)])?;
    }
    area.present().with_context(|| format!("cannot write `{}`", path.display()))
}
