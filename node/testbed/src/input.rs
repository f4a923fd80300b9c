//! Contributions from a CSV file, exact to the micro-VU.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use lvs_kernels::InvalidArgument;
use lvs_kernels::vaultguard::{MICRO_VU, VALUE_MAX};

use lvs_protocol::ledger::CELLS;

use crate::covered::{covered, taken_from};

/// The input that comes with the program: see `data/README.md`.
pub const SHIPPED: &str = include_str!("../data/flights.csv");

/// One line of the input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Contribution {
    /// The account's cell, counted over the whole ledger.
    pub cell: u64,
    /// The amount in micro-VU.
    pub amount: i64,
}

/// All contributions, in the order in which they are to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ledger {
    /// The accounts by their cells: in the order in which the input first names them.
    pub accounts: Vec<String>,
    /// The contributions. No account is below 0 after any of them.
    pub contributions: Vec<Contribution>,
    /// The cells that something is taken from.
    taken_from: BTreeSet<u64>,
}

/// A part of the input that can be wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The input as a whole.
    Input,
    /// The first line, which names the columns.
    Header,
    /// A line as a whole.
    Line,
    /// The account's name.
    Account,
    /// The amount.
    Amount,
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Input => "input",
            Self::Header => "header",
            Self::Line => "line",
            Self::Account => "account",
            Self::Amount => "amount",
        })
    }
}

/// What is wrong with an input, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {error}")]
pub struct InvalidInput {
    /// The line, counted from 1.
    pub line: u64,
    /// The part of it, what stands there and what should.
    pub error: InvalidArgument<Part>,
}

impl InvalidInput {
    fn new(line: u64, part: Part, got: impl fmt::Display, expected: &str) -> Self {
        Self { line, error: InvalidArgument::new(part, got, expected) }
    }
}

impl Ledger {
    /// Reads `account,amount[,time]` with a header; with times, the contributions are put in their order,
    /// and a withdrawal behind what it is taken from.
    ///
    /// # Errors
    /// With the line, the column, what stands there and what should.
    pub fn read(input: impl AsRef<[u8]>) -> Result<Self, InvalidInput> {
        let text = utf8(input.as_ref())?;
        let mut reader =
            csv::ReaderBuilder::new().flexible(true).trim(csv::Trim::All).from_reader(text.as_bytes());
        let header: Vec<_> = reader.headers().map_err(malformed)?.iter().map(str::to_owned).collect();
        let has_time = check_header(&header)?;
        let mut cells = BTreeMap::new();
        let mut accounts = Vec::new();
        let mut timed = Vec::new();
        let mut totals = Vec::new();
        for record in reader.records() {
            let record = record.map_err(malformed)?;
            let line = Line::read(&record, has_time)?;
            let next = accounts.len() as u64;
            let cell = *cells.entry(line.account.to_owned()).or_insert_with(|| {
                accounts.push(line.account.to_owned());
                totals.push(Total::default());
                next
            });
            totals[cell as usize].add(line.amount, line.number);
            timed.push((line.time.to_owned(), Contribution { cell, amount: line.amount }));
        }
        if timed.is_empty() {
            let expected = "at least one line after the header";
            return Err(InvalidInput::new(1, Part::Account, "no contribution", expected));
        }
        accounts.iter().zip(&totals).try_for_each(|(account, total)| total.check(account))?;
        sort_in_time(&mut timed);
        let in_time = timed.into_iter().map(|(_, contribution)| contribution).collect();
        let contributions = covered(in_time, accounts.len());
        Ok(Self { accounts, taken_from: taken_from(&contributions), contributions })
    }

    /// Whether something is taken from a cell.
    pub fn is_taken_from(&self, cell: u64) -> bool {
        self.taken_from.contains(&cell)
    }

    /// Fragments that the accounts take.
    pub fn fragments(&self) -> u32 {
        self.accounts.len().div_ceil(CELLS) as u32
    }

    /// What every cell of the ledger holds after the first `count` contributions, fragments in full. On the way a sum may
    /// leave the range of values; the cell does not. At the end none is outside, or the input would have been refused.
    pub fn sums(&self, count: usize) -> Vec<i64> {
        let mut sums = vec![0_i128; self.fragments() as usize * CELLS];
        for contribution in &self.contributions[..count] {
            sums[contribution.cell as usize] += i128::from(contribution.amount);
        }
        sums.into_iter().map(|sum| sum.clamp(0, i128::from(VALUE_MAX)) as i64).collect()
    }
}

/// What an account comes to.
#[derive(Clone, Copy, Default)]
struct Total {
    added: i128,
    taken: i128,
    /// The line of the last of it.
    line: u64,
}

impl Total {
    fn add(&mut self, amount: i64, line: u64) {
        match amount {
            0.. => self.added += i128::from(amount),
            _ => self.taken -= i128::from(amount),
        }
        self.line = line;
    }

    fn check(&self, account: &str) -> Result<(), InvalidInput> {
        let most = i128::from(VALUE_MAX);
        let sum = self.added - self.taken;
        // No cell can hold it, so replicas could only agree on another number.
        if !(0..=most).contains(&sum) {
            return self
                .refuse(format!("{sum} micro-VU in all for '{account}'"), "0 to 2^62 micro-VU in all");
        }
        // Each amount goes to any node, which adds up what it was given; no part of the sum may be too much for it.
        if self.added > most {
            let got = format!("{} micro-VU added in all for '{account}'", self.added);
            return self.refuse(got, "at most 2^62 micro-VU added and at most as much taken away");
        }
        Ok(())
    }

    fn refuse(&self, got: String, expected: &'static str) -> Result<(), InvalidInput> {
        Err(InvalidInput::new(self.line, Part::Amount, got, expected))
    }
}

fn utf8(input: &[u8]) -> Result<&str, InvalidInput> {
    std::str::from_utf8(input).map_err(|error| {
        let before = &input[..error.valid_up_to()];
        let line = 1 + before.iter().filter(|&&byte| byte == b'\n').count() as u64;
        let got = format!("byte 0x{:02x}", input[error.valid_up_to()]);
        InvalidInput::new(line, Part::Input, got, "UTF-8")
    })
}

/// Numbers are ordered by size, anything else (dates, say) by its letters. One rule holds for the whole column: an order
/// whose rule changes from pair to pair can run in circles.
fn sort_in_time(timed: &mut [(String, Contribution)]) {
    if timed.iter().all(|(time, _)| whole(time).is_some()) {
        timed.sort_by_cached_key(|(time, _)| whole(time));
    } else if timed.iter().all(|(time, _)| decimal(time).is_some()) {
        timed.sort_by(|(a, _), (b, _)| decimal(a).unwrap_or(0.0).total_cmp(&decimal(b).unwrap_or(0.0)));
    } else {
        timed.sort_by(|(a, _), (b, _)| a.cmp(b));
    }
}

fn whole(time: &str) -> Option<i64> {
    time.parse().ok()
}

fn decimal(time: &str) -> Option<f64> {
    time.parse().ok().filter(|number: &f64| number.is_finite())
}

fn malformed(error: csv::Error) -> InvalidInput {
    let line = error.position().map_or(0, csv::Position::line);
    InvalidInput::new(line, Part::Input, error, "CSV in UTF-8")
}

fn check_header(header: &[String]) -> Result<bool, InvalidInput> {
    match header.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["account", "amount"] => Ok(false),
        ["account", "amount", "time"] => Ok(true),
        _ => {
            let got = format!("'{}'", header.join(","));
            Err(InvalidInput::new(1, Part::Header, got, "account,amount or account,amount,time"))
        }
    }
}

/// A line of the input.
struct Line<'a> {
    number: u64,
    account: &'a str,
    /// In micro-VU.
    amount: i64,
    /// Empty if the input has no times.
    time: &'a str,
}

impl<'a> Line<'a> {
    fn read(record: &'a csv::StringRecord, has_time: bool) -> Result<Self, InvalidInput> {
        let number = record.position().map_or(0, csv::Position::line);
        if record.len() != 2 + usize::from(has_time) {
            let got = format!("{} fields", record.len());
            return Err(InvalidInput::new(number, Part::Line, got, "as many as the header has"));
        }
        let account = &record[0];
        if account.is_empty() {
            return Err(InvalidInput::new(number, Part::Account, "nothing", "a name"));
        }
        let text = &record[1];
        let Some(amount) = micro_vu(text).filter(|&micro| micro != 0) else {
            let expected = "VU with at most 6 decimals, not 0, at most 2^62 micro-VU";
            return Err(InvalidInput::new(number, Part::Amount, format!("'{text}'"), expected));
        };
        Ok(Self { number, account, amount, time: record.get(2).unwrap_or("") })
    }
}

/// A decimal number of VU in micro-VU, without rounding; nothing if it is not one.
fn micro_vu(text: &str) -> Option<i64> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let is_empty = whole.is_empty() && fraction.is_empty();
    if is_empty || fraction.len() > 6 || !is_digits(whole) || !is_digits(fraction) {
        return None;
    }
    let whole: i64 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    let fraction: i64 = format!("{fraction:0<6}").parse().ok()?;
    let micro = whole.checked_mul(MICRO_VU)?.checked_add(fraction).filter(|&micro| micro <= VALUE_MAX)?;
    Some(if negative { -micro } else { micro })
}

fn is_digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_exact() {
        let cases =
            [("1", 1_000_000), ("0.1", 100_000), (".000001", 1), ("-2.50", -2_500_000), ("+7.", 7_000_000)];
        for (text, micro) in cases {
            assert_eq!(micro_vu(text), Some(micro), "{text}");
        }
        assert_eq!(micro_vu("4611686018427.387904"), Some(VALUE_MAX));
        for text in ["", "-", ".", "1e3", "0.0000001", "1,5", " 1", "--1", "4611686018427.387905", "1 000"] {
            assert_eq!(micro_vu(text), None, "{text}");
        }
    }

    #[test]
    fn accounts_are_numbered_as_they_come_and_times_order() {
        let ledger = Ledger::read("account,amount,time\nb,2,10\na,1,9\nb,3,8\n").unwrap();
        assert_eq!(ledger.accounts, ["b", "a"]);
        let amounts: Vec<_> = ledger.contributions.iter().map(|c| c.amount / MICRO_VU).collect();
        assert_eq!(amounts, [3, 1, 2]);
        assert_eq!(ledger.sums(3)[..2], [5 * MICRO_VU, MICRO_VU]);
        assert_eq!(ledger.sums(1)[..2], [3 * MICRO_VU, 0]);
    }

    #[test]
    fn a_column_of_times_has_one_order() {
        let order = |times: &[&str]| {
            let line = |(i, time): (usize, &&str)| format!("a,{},{time}\n", i + 1);
            let lines: String = times.iter().enumerate().map(line).collect();
            let ledger = Ledger::read(format!("account,amount,time\n{lines}")).unwrap();
            ledger.contributions.iter().map(|c| c.amount / MICRO_VU).collect::<Vec<_>>()
        };
        assert_eq!(order(&["10", "9", "-1"]), [3, 2, 1]);
        assert_eq!(order(&["10", "9.5", "2"]), [3, 2, 1]);
        assert_eq!(order(&["10", "9", "1a"]), [1, 3, 2]);
        // Whole numbers and decimals by turns made an order that runs in circles.
        let mixed: Vec<_> = (0..2_000_u64)
            .map(
                |i| if i % 2 == 0 { format!("{}", i * 7_919 % 2_000) } else { format!("{}.5", i * 31 % 200) },
            )
            .collect();
        let mixed: Vec<_> = mixed.iter().map(String::as_str).collect();
        let times: Vec<f64> = order(&mixed).iter().map(|&i| mixed[i as usize - 1].parse().unwrap()).collect();
        assert!(times.is_sorted());
    }

    #[test]
    fn mistakes_name_line_and_column() {
        let message = |text: &str| Ledger::read(text).unwrap_err().to_string();
        assert_eq!(
            message("name,amount\n"),
            "line 1: header: got 'name,amount', expected account,amount or account,amount,time"
        );
        assert!(message("account,amount\na,1\nb,x\n").starts_with("line 3: amount: got 'x'"));
        assert!(message("account,amount\na,1,2\n").starts_with("line 2: line: got 3 fields"));
        assert!(message("account,amount\n,1\n").starts_with("line 2: account: got nothing"));
        assert!(message("account,amount\na,0\n").starts_with("line 2: amount: got '0'"));
        assert!(message("account,amount\n").contains("no contribution"));
    }

    #[test]
    fn what_no_cell_can_hold_is_refused() {
        let message = |text: &str| Ledger::read(text).unwrap_err().to_string();
        assert_eq!(
            message("account,amount\na,5\nb,-7\na,1\n"),
            "line 3: amount: got -7000000 micro-VU in all for 'b', expected 0 to 2^62 micro-VU in all"
        );
        let most = "4611686018427.387904";
        assert!(message(&format!("account,amount\na,{most}\na,0.000001\n")).starts_with("line 3: amount"));
        // Some node would be given more than a register holds, whatever is taken away elsewhere.
        let message = message(&format!("account,amount\na,{most}\na,{most}\na,-{most}\n"));
        assert_eq!(
            message,
            "line 4: amount: got 9223372036854775808 micro-VU added in all for 'a', expected at most 2^62 micro-VU \
             added and at most as much taken away"
        );
        // On the way it may not either: a withdrawal waits for what it is taken from.
        let ledger = Ledger::read(format!("account,amount\na,-1\na,{most}\nb,-2\nb,2\n")).unwrap();
        assert_eq!(ledger.sums(1)[0], VALUE_MAX);
        assert_eq!(ledger.sums(4)[..2], [VALUE_MAX - MICRO_VU, 0]);
    }

    #[test]
    fn every_end_of_line_and_a_byte_order_mark_are_understood() {
        let expected = Ledger::read("account,amount\na,1\nb,2\n").unwrap();
        for text in [
            "account,amount\r\na,1\r\nb,2\r\n",
            "account,amount\ra,1\rb,2",
            "\u{feff}account,amount\na,1\nb,2\n",
        ] {
            assert_eq!(Ledger::read(text).unwrap(), expected, "{text:?}");
        }
    }

    #[test]
    fn what_is_no_text_is_refused_with_its_line() {
        let error = Ledger::read(b"account,amount\na,1\n\xff,1\n").unwrap_err();
        assert_eq!(error.to_string(), "line 3: input: got byte 0xff, expected UTF-8");
    }

    #[test]
    fn the_shipped_input_is_what_its_notes_say() {
        let ledger = Ledger::read(SHIPPED).unwrap();
        assert_eq!((ledger.accounts.len(), ledger.contributions.len(), ledger.fragments()), (607, 10_732, 3));
        assert_eq!(ledger.sums(10_732).iter().sum::<i64>(), 2 * 7_009_728 * MICRO_VU);
    }
}
