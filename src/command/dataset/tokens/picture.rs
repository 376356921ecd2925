//! The lengths of records as a picture.

use anyhow::{Result, anyhow};
use plotters::prelude::*;

use super::lengths::Lengths;

/// An SVG with a bar for each power of two.
pub fn svg(lengths: &Lengths) -> Result<String> {
    let mut svg = String::new();
    draw(lengths, &mut svg).map_err(|error| anyhow!("lengths.svg: {error}"))?;
    Ok(svg)
}

fn draw(lengths: &Lengths, svg: &mut String) -> Result<(), Box<dyn std::error::Error>> {
    const BLUE: RGBColor = RGBColor(0x3B, 0x6F, 0xB6);
    let octaves = lengths.octaves();
    let first = octaves.first().map_or(0, |(octave, _)| *octave);
    let end = octaves.last().map_or(1, |(octave, _)| *octave + 1);
    let most = octaves.iter().map(|(_, count)| *count).max().unwrap_or(1);

    let area = SVGBackend::with_string(svg, (720, 360)).into_drawing_area();
    area.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(&area)
        .margin(16)
        .x_label_area_size(40)
        .y_label_area_size(64)
        .build_cartesian_2d(first..end, 0..most + most.div_ceil(20))?;
    chart
        .configure_mesh()
        .disable_x_mesh()
        .x_labels((end - first + 1) as usize)
        .x_label_formatter(&|octave| 2u64.pow(*octave).to_string())
        .x_desc("tokens (prompt and answer), from each power of two up to the next")
        .y_desc("records")
        .draw()?;
    chart.draw_series(octaves.iter().map(|(octave, count)| {
        let mut bar = Rectangle::new([(*octave, 0), (*octave + 1, *count)], BLUE.filled());
        bar.set_margin(0, 0, 2, 2);
        bar
    }))?;
    area.present()?;
    Ok(())
}
