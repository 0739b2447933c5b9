//! Aligned columns.

/// Appends a head and rows as columns two spaces apart, each line behind two spaces; the last column is not padded.
pub(super) fn columns(out: &mut String, head: &[&str], rows: &[Vec<String>]) {
    let mut widths: Vec<usize> = head.iter().map(|cell| cell.chars().count()).collect();
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    if !head.is_empty() && head.iter().any(|cell| !cell.is_empty()) {
        line(out, &widths, head.iter().copied());
    }
    for row in rows {
        line(out, &widths, row.iter().map(String::as_str));
    }
}

fn line<'c>(out: &mut String, widths: &[usize], cells: impl Iterator<Item = &'c str>) {
    let start = out.len();
    for (width, cell) in widths.iter().zip(cells) {
        out.push_str("  ");
        out.push_str(cell);
        out.extend(std::iter::repeat_n(' ', width.saturating_sub(cell.chars().count())));
    }
    let end = out[start..].trim_end().len();
    out.truncate(start + end);
    out.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let mut out = String::new();
        let rows =
            [vec!["≤1".into(), "b".into(), "c".into()], vec!["long".into(), String::new(), String::new()]];
        columns(&mut out, &["A", "B", "C"], &rows);
        columns(&mut out, &["", ""], &[vec!["x".into(), "y".into()]]);
        assert_eq!(out, "  A     B  C\n  ≤1    b  c\n  long\n  x  y\n");
    }
}
