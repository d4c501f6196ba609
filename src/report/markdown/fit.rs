//! Fitting into the length of a comment: who gets how much of it, and tables that say what they leave out.

use crate::order;
use crate::report::count::grouped;

/// As many bytes as the sentence takes that tells what does not fit.
const SENTENCE: usize = 120;

/// A row of a table, as it should be, and as short as it can be.
pub(super) struct Row {
    pub(super) full: String,
    pub(super) short: String,
}

/// Splits `room`: whoever needs less than an equal share gets what it needs, and the others share the rest.
pub(super) fn shares<const N: usize>(room: usize, needs: [usize; N]) -> [usize; N] {
    let (mut shares, mut left) = ([0; N], room);
    let mut modest: Vec<usize> = (0..N).collect();
    order::sort_by_key(&mut modest, |&at| needs[at]);
    for (served, at) in modest.into_iter().enumerate() {
        shares[at] = needs[at].min(left / (N - served));
        left -= shares[at];
    }
    shares
}

/// As many bytes as all rows take.
pub(super) fn need(head: &str, rows: &[Row]) -> usize {
    match rows {
        [] => 0,
        _ => begin(head).len() + SENTENCE + rows.iter().map(|row| row.full.len() + 1).sum::<usize>(),
    }
}

/// A table with as many rows as there is room for, of those that come first. A row that is too long is told in short.
pub(super) fn table(head: &str, rows: &[Row], room: usize) -> String {
    let mut table = begin(head);
    let room = room.saturating_sub(table.len() + SENTENCE);
    let (mut used, mut shown) = (0, 0);
    for row in rows {
        let fits = |text: &&String| used + text.len() < room;
        // Nothing less bad takes the place of what does not fit.
        let Some(text) = [&row.full, &row.short].into_iter().find(fits) else { break };
        used += text.len() + 1;
        table += text;
        table.push('\n');
        shown += 1;
    }
    match (shown, rows.len() - shown) {
        (_, 0) => table,
        (0, left_out) => format!("\n{} do not fit in here; `--format html` has them.\n", grouped(left_out as u64)),
        (_, left_out) => table + &format!("\n… and {} more; the worst are shown.\n", grouped(left_out as u64)),
    }
}

fn begin(head: &str) -> String {
    format!("\n{head}\n|{}\n", "---|".repeat(head.matches('|').count().saturating_sub(1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_one_does_not_need_the_others_get() {
        assert_eq!(shares(60, [10, 20, 20]), [10, 20, 20]);
        assert_eq!(shares(60, [100, 0, 20]), [40, 0, 20]);
        assert_eq!(shares(60, [100, 100, 2]), [29, 29, 2]);
        assert_eq!(shares(0, [1, 2, 3]), [0, 0, 0]);
    }

    #[test]
    fn no_row_is_so_long_that_nothing_is_shown() {
        let row = |full: usize| Row { full: "f".repeat(full), short: "s".repeat(9) };
        let told = table("| a |", &[row(5_000), row(9)], 400);
        assert!(told.contains("|\nsssssssss\nfffffffff\n") && !told.contains("more"), "{told}");
        let told = table("| a |", &[row(99), row(99)], 260);
        assert!(told.contains("\nfff") && told.contains("\nsss") && !told.contains("more"), "{told}");
        let told = table("| a |", &[row(9), row(9)], 0);
        assert_eq!(told, "\n2 do not fit in here; `--format html` has them.\n");
    }
}
