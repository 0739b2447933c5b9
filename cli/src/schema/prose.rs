//! Documentation comments as prose: they are written for rustdoc.

/// A documentation comment on one line, with code between backticks and without links that only rustdoc follows.
pub(super) fn marked(doc: &str) -> String {
    let doc = doc.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut out = String::with_capacity(doc.len());
    let mut rest = &doc[..];
    while let Some((before, link)) = rest.split_once("[`") {
        let Some((name, after)) = link.split_once("`]") else { break };
        out.push_str(before);
        // `[`Self::up`]`, `[`BridgePort`](path)`: the last part is what a reader knows.
        out.push('`');
        out.push_str(name.rsplit("::").next().unwrap_or(name));
        out.push('`');
        rest = match after.strip_prefix('(').and_then(|target| target.split_once(')')) {
            Some((_, after)) => after,
            None => after,
        };
    }
    out.push_str(rest);
    out
}

/// A documentation comment on one line, as plain text.
pub(super) fn text(doc: &str) -> String {
    marked(doc).replace('`', "")
}

/// A documentation comment on one line, for a cell of a Markdown table.
pub(super) fn markdown(doc: &str) -> String {
    let mut code = false;
    let mut out = String::new();
    for c in marked(doc).chars() {
        match c {
            '`' => code = !code,
            // A bar ends the cell even within code.
            '|' => out.push('\\'),
            '<' | '*' | '_' if !code => out.push('\\'),
            _ => {}
        }
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_become_prose() {
        let check = |doc: &str, expected: [&str; 2]| assert_eq!([text(doc), markdown(doc)], expected);
        check(
            " Of [`AfSpec`], or\n [`BridgeSpec`](super::x).",
            ["Of AfSpec, or BridgeSpec.", "Of `AfSpec`, or `BridgeSpec`."],
        );
        check("`A_*|b` a|b *c* <d>", ["A_*|b a|b *c* <d>", "`A_*\\|b` a\\|b \\*c\\* \\<d>"]);
        check("half a [`link", ["half a [link", "half a [`link"]);
    }
}
